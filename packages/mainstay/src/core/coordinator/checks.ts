import type { ObservationStatus } from '@mainstay/protocol';
import {
  initialCheck,
  judge,
  placeOf,
  statusOf,
  stepCheck,
  type CheckEffect,
  type CheckEvent,
} from '../check/index.ts';
import { HEARTBEAT, newBeat, pinged, renewed, shifted, unobserved } from '../heartbeat/beat.ts';
import { INITIAL_REMEDY, remedyOf, restoreRemedy, type RemedyEvent } from '../remedy/index.ts';
import type { CheckPlan } from '../plan/index.ts';
import { doesItsWork, instancesOf } from './instances.ts';
import { record, type Turn } from './turn.ts';
import type { Boot, CheckObserved, CheckWatch, CoordinatorEvent, Pinged, World } from './types.ts';

/** Checks that were restored, or never run, before anything is decided about them. */
export function bootChecks(turn: Turn, { checks: stored, sameBoot }: Pick<Boot, 'checks' | 'sameBoot'>): void {
  const before = new Map(stored.map((one) => [one.name, one]));
  for (const plan of turn.world.plan.checks) {
    const known = before.get(plan.name);
    const watch = newWatch(plan, turn);
    turn.world.checks.set(plan.name, watch);
    before.delete(plan.name);
    if (known === undefined) continue;
    Object.assign(watch, { state: known.state, over: known.over, last: known.last });
    restoreBeat(turn, watch, known);
    watch.remedy = restoreRemedy(known.remedy, sameBoot);
    drive(turn, watch, { type: 'gap', phase: placeOf(plan.name, turn.random()) });
  }
  for (const name of before.keys()) turn.effects.push({ type: 'drop-check', check: name });
}

function newWatch(plan: CheckPlan, { now }: Turn): CheckWatch {
  const watch: CheckWatch = { plan, state: initialCheck(now), over: [], last: null, remedy: INITIAL_REMEDY };
  return plan.kind === HEARTBEAT ? { ...watch, beat: newBeat(now.wall) } : watch;
}

/** What jobs reported to an earlier daemon; what they may have reported since, nobody heard. */
function restoreBeat(turn: Turn, watch: CheckWatch, { beat, seen }: Boot['checks'][number]): void {
  if (watch.beat === undefined || beat === undefined) return;
  const { wall } = turn.now;
  const from = seen ?? beat.from;
  watch.beat = from > wall ? shifted(beat, wall - from) : unobserved(beat, from, wall);
  turn.effects.push({ type: 'save-check', check: watch.plan.name });
}

/** A job that has to report at other times gets a fresh period. */
function renewBeat(turn: Turn, watch: CheckWatch, plan: CheckPlan): void {
  const before = watch.beat;
  delete watch.beat;
  if (plan.kind !== HEARTBEAT) return;
  const isSame = JSON.stringify(watch.plan.target) === JSON.stringify(plan.target);
  watch.beat = before === undefined ? newBeat(turn.now.wall) : isSame ? before : renewed(before, turn.now.wall);
}

/** Goes over to the checks of another plan: what did not change goes on as it was. */
export function applyChecks(turn: Turn, plans: readonly CheckPlan[]): void {
  const { checks } = turn.world;
  const wanted = new Map(plans.map((plan) => [plan.name, plan]));
  for (const name of checks.keys()) {
    if (wanted.has(name)) continue;
    checks.delete(name);
    cancel(turn, name);
    turn.effects.push({ type: 'drop-check', check: name });
  }
  for (const plan of plans) {
    const watch = checks.get(plan.name);
    if (watch === undefined) {
      checks.set(plan.name, newWatch(plan, turn));
      continue;
    }
    if (JSON.stringify(watch.plan) === JSON.stringify(plan)) continue;
    renewBeat(turn, watch, plan);
    watch.plan = plan;
    watch.over = [];
    watch.remedy = { ...INITIAL_REMEDY, seq: watch.remedy.seq };
    drive(turn, watch, { type: 'changed', phase: placeOf(plan.name, turn.random()) });
  }
  // The order of the file, whatever was added when.
  turn.world.checks = new Map(plans.flatMap(({ name }) => [[name, checks.get(name) as CheckWatch] as const]));
}

/** Begins and ends checks as what they depend on comes and goes, until nothing more follows. */
export function settleChecks(turn: Turn, event: CoordinatorEvent): void {
  if (isRoutine(turn, event)) return;
  for (let moved = true; moved;) {
    moved = false;
    for (const watch of turn.world.checks.values()) {
      const reason = heldBecause(turn.world, watch.plan);
      const { name, reason: before } = watch.state;
      if (reason === null ? name !== 'idle' : name === 'idle' && before === reason) continue;
      const { plan } = watch;
      if (reason === null && watch.state.run > 0) notHeard(turn, watch, watch.state.since.wall);
      const event: CheckEvent =
        reason === null ? { type: 'begin', phase: placeOf(plan.name, turn.random()) } : { type: 'hold', reason };
      drive(turn, watch, event);
      moved ||= watch.state.name !== name;
    }
  }
}

/** A run of a check that changed nothing that others depend on: with a thousand checks, almost every turn. */
function isRoutine({ effects }: Turn, event: CoordinatorEvent): boolean {
  const isOfCheck = event.type === 'check-observed' || (event.type === 'timer' && event.key.startsWith('check:'));
  return isOfCheck && !effects.some(({ type }) => type === 'save' || type === 'save-check');
}

/** Time that nobody observed: every check counts anew. */
export function gapChecks(turn: Turn, ms: number): void {
  for (const watch of turn.world.checks.values()) {
    notHeard(turn, watch, turn.now.wall - ms);
    drive(turn, watch, { type: 'gap', phase: placeOf(watch.plan.name, turn.random()) });
    turn.remedies.push({ subject: watch.plan.name, event: { type: 'gap' } });
  }
}

/** Of one check: counting begins anew. */
export function gapCheck(turn: Turn, name: string): void {
  const watch = turn.world.checks.get(name);
  if (watch !== undefined) drive(turn, watch, { type: 'gap', phase: placeOf(name, turn.random()) });
}

/** The wall clock was set back by so many ms (a negative number). */
export function setBackChecks(turn: Turn, byMs: number): void {
  for (const watch of turn.world.checks.values()) {
    if (watch.beat === undefined) continue;
    watch.beat = shifted(watch.beat, byMs);
    turn.effects.push({ type: 'save-check', check: watch.plan.name });
  }
}

/** From then (UTC ms) until now nobody would have heard of a job, or it could not have run. */
function notHeard(turn: Turn, watch: CheckWatch, from: number): void {
  if (watch.beat === undefined) return;
  watch.beat = unobserved(watch.beat, from, turn.now.wall);
  turn.effects.push({ type: 'save-check', check: watch.plan.name });
}

/** A job reports. What it means is looked at now. */
export function checkPinged(turn: Turn, { check, ...ping }: Pinged): void {
  const watch = turn.world.checks.get(check);
  if (watch?.beat === undefined) return;
  watch.beat = pinged(watch.beat, ping, turn.now.wall);
  turn.effects.push({ type: 'save-check', check });
  if (watch.state.name !== 'idle') turn.effects.push({ type: 'arm', key: `check:${check}`, afterMs: 0 });
}

/** The timer of a check rang: it is run. */
export function ringCheck(turn: Turn, name: string): void {
  const watch = turn.world.checks.get(name);
  if (watch === undefined || watch.state.name === 'idle') return;
  turn.effects.push({ type: 'run-check', check: name, run: watch.state.run });
}

/** What a run saw. Thresholds are compared here, so that every kind has them. */
export function checkObserved(turn: Turn, { check, run, ...observation }: CheckObserved): void {
  const watch = turn.world.checks.get(check);
  if (watch === undefined || watch.state.name === 'idle' || watch.state.run !== run) return;
  const { plan } = watch;
  const { over, ...judged } = judge(plan.thresholds, watch.over, observation);
  watch.over = over;
  const doubt = judged.status === 'fail' ? doubted(turn.world, plan) : null;
  const status: ObservationStatus = doubt === null ? judged.status : 'unknown';
  const message = doubt === null ? judged.message : `${judged.message} (not counted: ${doubt})`;
  watch.last = { status, message, latencyMs: observation.latencyMs, at: turn.now.wall };
  turn.effects.push({
    type: 'checked',
    check,
    kind: plan.kind,
    status,
    latencyMs: observation.latencyMs,
    message,
  });
  drive(turn, watch, { type: 'observed', run, status, message });
  if (status !== 'unknown') remedyObserved(turn, watch, status);
}

/** What a result that counts means for what is done because of the check: as many in a row as confirm one. */
function remedyObserved(turn: Turn, { plan, state }: CheckWatch, status: 'pass' | 'warn' | 'fail'): void {
  const { fail, warn } = remedyOf(plan);
  if (fail.length === 0 && warn.length === 0) return;
  const tell = (event: RemedyEvent): unknown => turn.remedies.push({ subject: plan.name, event });
  if (state.name === 'pass' || (state.name === 'warn' && warn.length === 0)) tell({ type: 'good' });
  else if (state.name === status && (status === 'fail' || status === 'warn')) {
    const row = status === 'fail' ? state.failures : state.troubles;
    if (row > 0 && row % plan.retries === 0) tell({ type: 'confirmed', level: status });
  }
}

function drive(turn: Turn, watch: CheckWatch, event: CheckEvent): void {
  const context = { settings: watch.plan, now: turn.now };
  const moved = stepCheck(watch.state, event, context, turn.tables.check);
  if (moved.state === watch.state) return;
  const isSaved = moved.state.name !== watch.state.name || moved.state.flapping !== watch.state.flapping;
  watch.state = moved.state;
  for (const effect of moved.effects) carry(turn, watch, effect);
  if (isSaved) turn.effects.push({ type: 'save-check', check: watch.plan.name });
}

function carry(turn: Turn, { plan, state }: CheckWatch, effect: CheckEffect): void {
  const { name } = plan;
  switch (effect.type) {
    case 'run':
      turn.effects.push({ type: 'arm', key: `check:${name}`, afterMs: effect.afterMs });
      return;
    case 'cancel':
      cancel(turn, name);
      return;
    case 'state': {
      const { from, to, reason, firstAt, firstGoodAt } = effect;
      const text = to === 'idle' ? `${name} is not checked: ${reason}` : `${name}: ${statusOf(to)}: ${reason}`;
      const first = { first_at: firstAt?.wall ?? null, first_good_at: firstGoodAt?.wall ?? null };
      const data = { check: name, kind: plan.kind, from, to, reason, ...first };
      record(turn, 'check.state', text, null, data);
      return;
    }
    case 'flapping': {
      const text = effect.on ? `${name} is flapping: its result changes again and again` : `${name} is steady again`;
      record(turn, 'check.flapping', text, null, { check: name, on: effect.on, state: state.name });
    }
  }
}

function cancel(turn: Turn, name: string): void {
  turn.effects.push({ type: 'disarm', key: `check:${name}` }, { type: 'cancel-check', check: name });
}

/** Why a check would say nothing, or null. */
function heldBecause(world: World, { dependsOn }: CheckPlan): string | null {
  if (world.goal === 'down') return 'mainstay goes down';
  for (const name of dependsOn) {
    const other = world.checks.get(name);
    if (other !== undefined) {
      if (other.state.name === 'idle') return `${name} is not checked: ${other.state.reason}`;
      if (other.state.name === 'fail') return `${name} fails`;
    } else {
      const why = serviceDown(world, name);
      if (why !== null) return why;
    }
  }
  return null;
}

/** Why a failure may be that of something else, which is not confirmed yet; or null. */
function doubted(world: World, { dependsOn }: CheckPlan): string | null {
  const suspect = dependsOn.find((name) => {
    const other = world.checks.get(name);
    if (other !== undefined) return other.state.failures > 0;
    const instances = instancesOf(world, name);
    return instances.length > 0 && instances.every(({ health }) => health !== null && health.failures > 0);
  });
  return suspect === undefined ? null : `${suspect} may be down`;
}

/** Why a service does not do its work, or null: one good instance is enough. */
function serviceDown(world: World, name: string): string | null {
  const service = world.services.get(name);
  if (service === undefined) return null;
  if (service.desired === 'stopped') return `${name} was stopped by the operator`;
  const instances = instancesOf(world, name);
  const good = instances.some((one) => one.life.phase === 'completed' || doesItsWork(one));
  if (good || instances.length === 0) return null;
  const [first] = instances;
  const phase = first?.life.phase ?? 'stopped';
  return `${name} is ${phase === 'ready' ? 'unhealthy' : phase}`;
}
