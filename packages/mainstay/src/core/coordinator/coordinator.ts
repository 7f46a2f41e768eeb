import type { InstanceId } from '@mainstay/protocol';
import type { Now, Random } from '../world/index.ts';
import type { Plan } from '../plan/index.ts';
import { buildGraph, type Graph } from '../order/index.ts';
import { newService } from './apply.ts';
import { boot, isPurging, purged } from './boot.ts';
import { noIncidents } from '../incident/index.ts';
import { checkObserved, checkPinged, gapChecks, setBackChecks, ringCheck, settleChecks } from './checks.ts';
import { settleIncidents } from './incidents.ts';
import { command } from './commands.ts';
import { driveHealth, driveLife, driveWatchdog, recordExit } from './drive.ts';
import { noticeLate } from './late.ts';
import { measured, recordOomKill } from './memory.ts';
import { isLetGo, sighted } from './foreign.ts';
import { remedyTold, settleRemedies } from './remedies.ts';
import { planKept, resumeRolls, rollsStored } from './reload.ts';
import { advanceRolls } from './rolls.ts';
import { settle } from './settle.ts';
import { TABLES, type Tables } from './tables.ts';
import { label, record, touchAll, type Turn } from './turn.ts';
import type { CoordinatorEvent, Effect, InstanceState, World } from './types.ts';
import { driveWindow, stepWindows } from './windows.ts';

/** Turns events into effects. The first event is `boot`. */
export class Coordinator {
  readonly world: World;
  #graph: Graph;
  readonly #random: Random;
  readonly #tables: Tables;
  #downTold = false;

  constructor(plan: Plan, random: Random, now: Now, tables: Tables = TABLES) {
    this.world = {
      plan,
      services: new Map(),
      instances: new Map(),
      checks: new Map(),
      incidents: noIncidents(),
      incidentsDue: null,
      windows: new Map(),
      rolls: new Map(),
      rollSeq: 0,
      rollTimers: new Map(),
      budget: [],
      budgetTimer: false,
      wokeAt: now.mono,
      goal: 'up',
      hurry: false,
      purging: new Map(),
    };
    this.#random = random;
    this.#tables = tables;
    for (const service of plan.services) newService(this.world, service, now);
    this.#graph = buildGraph(plan.services);
  }

  /** The dependency graph of the present plan. */
  get graph(): Graph {
    return this.#graph;
  }

  /** One event; the effects are to be carried out in this order. */
  handle(event: CoordinatorEvent, now: Now): Effect[] {
    const turn: Turn = {
      world: this.world,
      graph: this.#graph,
      now,
      random: () => this.#random.next(),
      tables: this.#tables,
      effects: [],
      touched: new Set(),
      remedies: [],
    };
    react(turn, event);
    settleRemedies(turn);
    // What a reload is about to put right must not be put right in another way first.
    advanceRolls(turn);
    settle(turn);
    advanceRolls(turn);
    settleChecks(turn, event);
    settleRemedies(turn);
    settleIncidents(turn, event);
    this.#graph = turn.graph;
    this.#noticeEnd(turn);
    return this.world.plan.observe ? turn.effects.filter(({ type }) => !TOUCHING.has(type)) : turn.effects;
  }

  #noticeEnd(turn: Turn): void {
    if (this.#downTold || this.world.goal !== 'down' || this.world.purging.size > 0) return;
    for (const { life, retired } of this.world.instances.values()) {
      if (life.phase !== 'stopped' && life.phase !== 'unkillable') return;
      if (retired !== null && life.phase === 'stopped') return;
    }
    this.#downTold = true;
    turn.effects.push({ type: 'all-down' });
  }
}

/** What is never done while mainstay only observes, whoever asks for it. */
const TOUCHING: ReadonlySet<Effect['type']> = new Set(['spawn', 'signal', 'kill', 'limit']);

function react(turn: Turn, event: CoordinatorEvent): void {
  switch (event.type) {
    case 'boot':
      boot(turn, event);
      return;
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
    case 'down':
    case 'apply':
    case 'maintain':
    case 'end-maintenance':
      command(turn, event);
      return;
    case 'timer':
      noticeLate(turn, event.due);
      ring(turn, event.key);
      return;
    case 'told':
      // Only the incident takes note of it.
      return;
    case 'rolls-stored':
      rollsStored(turn, event.seq);
      return;
    case 'plan-kept':
      planKept(turn, event.service, event.seq);
      return;
    case 'gap':
      gap(turn, event.ms);
      return;
    case 'clock-stepped':
      record(turn, 'clock.stepped', `the wall clock was set by ${Math.round(event.byMs / 1000)} s`, null, {
        by_ms: event.byMs,
      });
      stepWindows(turn, event.byMs);
      // Set forward, or slept: the time between was not observed.
      if (event.byMs > 0) gapChecks(turn, event.byMs);
      else setBackChecks(turn, event.byMs);
      return;
    case 'check-observed':
      checkObserved(turn, event);
      return;
    case 'pinged':
      checkPinged(turn, event);
      return;
    case 'repair':
    case 'second-layer':
    case 'remedy-done':
      remedyTold(turn, event);
      return;
    default:
      reactInstance(turn, event);
  }
}

type AboutInstance = Extract<CoordinatorEvent, { instance: InstanceId }>;

function reactInstance(turn: Turn, event: AboutInstance): void {
  if ((event.type === 'exited' || event.type === 'emptied') && isPurging(turn, event.instance, event.incarnation)) {
    if (event.type === 'emptied' || event.remaining === 0) purged(turn, event.instance, event.incarnation);
    return;
  }
  const instance = turn.world.instances.get(event.instance);
  if (instance === undefined) return;
  switch (event.type) {
    case 'spawned':
      if (event.incarnation === instance.life.incarnation) {
        const pid = event.identity.pid;
        record(turn, 'instance.spawned', `${label(turn, instance)}: started, pid ${pid}`, instance, { pid });
      }
      driveLife(turn, instance, event);
      return;
    case 'spawn-failed':
      record(turn, 'instance.spawn-failed', event.failure.message, instance, {
        reason: event.failure.reason,
        hint: event.failure.hint,
        holder: event.failure.holder ?? null,
      });
      driveLife(turn, instance, event);
      return;
    case 'exited':
      if (isLetGo(instance)) return;
      if (event.incarnation === instance.life.incarnation) recordExit(turn, instance, event.exit, event.remaining);
      driveLife(turn, instance, event);
      return;
    case 'emptied':
      driveLife(turn, instance, event);
      return;
    case 'sighted':
      sighted(turn, instance, event.seen);
      return;
    case 'measured':
      measured(turn, instance, event.incarnation, event.bytes);
      return;
    case 'oom-killed':
      if (event.incarnation === instance.life.incarnation) recordOomKill(turn, instance, event);
      return;
    case 'observed':
      driveHealth(turn, instance, event);
      return;
    case 'log-matched':
      driveLife(turn, instance, { type: 'became-ready', incarnation: event.incarnation, how: 'its log says so' });
      return;
    case 'notified':
      notified(turn, instance, event);
      return;
    case 'log-dropped':
      record(turn, 'log.dropped', `${label(turn, instance)}: ${event.lines} log lines dropped`, instance, {
        lines: event.lines,
      });
  }
}

function notified(turn: Turn, instance: InstanceState, event: Extract<AboutInstance, { type: 'notified' }>): void {
  if (event.incarnation !== instance.life.incarnation) return;
  if (event.field === 'WATCHDOG') driveWatchdog(turn, instance, { type: 'ping' });
  else if (event.field === 'STOPPING') driveWatchdog(turn, instance, { type: 'disarm' });
  else if (event.field === 'READY' && instance.plan.ready.by === 'notify') {
    driveLife(turn, instance, { type: 'became-ready', incarnation: event.incarnation, how: 'it says so' });
  }
}

function ring(turn: Turn, key: string): void {
  const [kind = '', rest = ''] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  if (key === 'budget') {
    turn.world.budgetTimer = false;
    touchAll(turn);
    return;
  }
  // Whatever rings is followed by a look at them.
  if (key === 'incidents') return;
  if (kind === 'check') {
    ringCheck(turn, rest);
    return;
  }
  if (kind === 'window') {
    driveWindow(turn, rest, { type: 'tick' });
    return;
  }
  if (kind === 'roll') {
    turn.world.rollTimers.delete(rest);
    return;
  }
  const id = (kind === 'life' ? rest.slice(0, rest.lastIndexOf(':')) : rest) as InstanceId;
  const instance = turn.world.instances.get(id);
  if (instance === undefined) return;
  if (kind === 'life') driveLife(turn, instance, { type: 'timer', seq: Number(rest.slice(rest.lastIndexOf(':') + 1)) });
  else if (kind === 'watchdog') driveWatchdog(turn, instance, { type: 'due' });
  else if (kind === 'probe' && instance.health !== null && instance.health.incarnation !== null) {
    turn.effects.push({
      type: 'probe',
      instance: id,
      incarnation: instance.health.incarnation,
      run: instance.health.run,
    });
  }
}

/** Time that nobody observed: what was silent meanwhile gets one fresh period. */
function gap(turn: Turn, ms: number): void {
  record(turn, 'clock.stepped', `${Math.round(ms / 1000)} s were not observed`, null, { gap_ms: ms });
  resumeRolls(turn);
  gapChecks(turn, ms);
  for (const instance of turn.world.instances.values()) {
    if (instance.life.phase !== 'ready' && instance.life.phase !== 'running') continue;
    turn.remedies.push({ subject: instance.id, event: { type: 'gap' } });
    if (instance.watchdog.name === 'armed') driveWatchdog(turn, instance, { type: 'arm' });
    if (instance.health !== null) {
      driveHealth(turn, instance, { type: 'resumed', incarnation: instance.life.incarnation, phase: turn.random() });
    }
  }
}
