import type { EventType, InstanceId } from '@mainstay/protocol';
import type { CheckPlan, HealthcheckPlan, RemedyStep } from '../plan/index.ts';
import {
  describeStep,
  remedyOf,
  servicesOf,
  stepRemedy,
  type RemedyContext,
  type RemedyEffect,
  type RemedyEvent,
  type RemedyState,
} from '../remedy/index.ts';
import { gapCheck } from './checks.ts';
import { driveHealth, driveLife } from './drive.ts';
import { holdOf, isSettled, lookBelow } from './holds.ts';
import { instancesOf } from './instances.ts';
import { label, record, type Turn } from './turn.ts';
import type { CheckWatch, CoordinatorEvent, InstanceState } from './types.ts';

/** What remedies are for: a check, or the healthcheck of an instance. */
interface Patient {
  /** Name of the check, or id of the instance: these have a slash. */
  key: string;
  name: string;
  plan: HealthcheckPlan | CheckPlan;
  /** Where its state is kept. */
  of: InstanceState | CheckWatch;
  instance: InstanceState | null;
  /** What is wrong, in words, and since when, monotonic ms. */
  reason: string;
  since: number;
}

/** Takes in what was confirmed in this turn; what follows from it is done. */
export function settleRemedies(turn: Turn): void {
  for (const { subject, event } of turn.remedies.splice(0)) driveRemedy(turn, subject, event);
}

/** An answer of the second layer, the end of an action, or an operator who asks. */
export function remedyTold(turn: Turn, event: Extract<CoordinatorEvent, { subject: string }>): void {
  switch (event.type) {
    case 'repair':
      driveRemedy(turn, event.subject, { type: 'asked', level: event.level });
      return;
    case 'second-layer':
      driveRemedy(turn, event.subject, { type: 'word', seq: event.seq, word: event.word }, event.text);
      return;
    case 'remedy-done': {
      const patient = patientOf(turn, event.subject);
      // Also what is over when nobody waits for it any more was done, and is told.
      if (patient !== null) say(turn, patient, 'remedy.result', event.text, { ok: event.ok, ...event.data });
      driveRemedy(turn, event.subject, { type: 'done', seq: event.seq });
    }
  }
}

function patientOf({ world }: Turn, key: string): Patient | null {
  const watch = world.checks.get(key);
  if (watch !== undefined)
    return {
      key,
      name: key,
      plan: watch.plan,
      of: watch,
      instance: null,
      reason: watch.last?.message ?? '',
      since: watch.state.firstTroubleAt?.mono ?? -Infinity,
    };
  const instance = world.instances.get(key as InstanceId);
  const plan = instance?.plan.healthcheck ?? null;
  if (instance === undefined || plan === null) return null;
  const reason = instance.health?.lastObservation?.message ?? '';
  const since = instance.health?.firstFailureAt ?? -Infinity;
  return { key, name: instance.service, plan, of: instance, instance, reason, since };
}

/** @param said what the second layer said, where it was asked */
function driveRemedy(turn: Turn, key: string, event: RemedyEvent, said: string | null = null): void {
  const patient = patientOf(turn, key);
  if (patient === null) return;
  const moved = stepRemedy(patient.of.remedy, event, contextOf(turn, patient), turn.tables.remedy);
  if (moved.state !== patient.of.remedy) keep(turn, patient, moved.state);
  for (const effect of moved.effects) carry(turn, patient, effect, said);
  if (event.type === 'done' && moved.state.name === 'watching') countAnew(turn, patient);
}

function keep(turn: Turn, { key, of, instance }: Patient, state: RemedyState): void {
  of.remedy = state;
  turn.effects.push(instance === null ? { type: 'save-check', check: key } : { type: 'save', instance: instance.id });
}

function contextOf(turn: Turn, patient: Patient): RemedyContext {
  const { plan } = patient;
  const { fail, warn, dryRun } = remedyOf(plan);
  return {
    steps: { fail, warn },
    dryRun: dryRun || turn.world.plan.dryRun,
    now: turn.now.mono,
    confirmMs: plan.retries * plan.interval,
    hold: (step) => holdOf(turn, step, patient),
    settled: (step) => isSettled(turn, step),
  };
}

function carry(turn: Turn, patient: Patient, effect: RemedyEffect, said: string | null): void {
  const { key, name, reason, instance } = patient;
  const own = instance === null ? null : label(turn, instance);
  switch (effect.type) {
    case 'ask':
      turn.effects.push({ type: 'ask-second-layer', remedy: key, seq: effect.seq, step: effect.step });
      return;
    case 'act':
      act(turn, patient, effect, said);
      return;
    case 'doubt': {
      const again = patient.plan.retries;
      const what = `${name}: not yet: ${describeStep(effect.step, own)}: ${said ?? 'no second layer confirms it'}; after ${again} more`;
      say(turn, patient, 'remedy.doubt', `${what} ${again === 1 ? 'failure' : 'failures'}`, {});
      return;
    }
    case 'held': {
      lookBelow(turn, effect.step, patient);
      const targets = effect.step.do === 'restart' && effect.step.services.length > 0 ? effect.step.services : null;
      const what = targets?.join(', ') ?? own ?? name;
      const not =
        effect.step.do === 'restart'
          ? `${what} is not restarted`
          : `${name}: not done: ${describeStep(effect.step, own)}`;
      say(turn, patient, 'remedy.held', `${not}: ${effect.reason}`, { reason: effect.reason });
      return;
    }
    case 'helped':
      say(turn, patient, 'remedy.helped', `${name}: well again after: ${describeStep(effect.step, own)}`, {});
      return;
    case 'exhausted':
      say(turn, patient, 'remedy.exhausted', `${name}: nothing that could be done has helped: ${reason}`, {});
  }
}

function act(
  turn: Turn,
  patient: Patient,
  { step, seq, dry }: Extract<RemedyEffect, { type: 'act' }>,
  said: string | null,
): void {
  const { key, name, instance, reason } = patient;
  const own = instance === null ? null : label(turn, instance);
  const because = [reason, ...(said === null ? [] : [said])].filter((part) => part !== '').join('; ');
  const what = `${name}: ${dry ? 'dry run: would ' : ''}${describeStep(step, own)} (${because})`;
  say(turn, patient, dry ? 'remedy.dry-run' : 'remedy.action', what, { do: step.do, services: servicesOf(step) });
  if (step.do === 'clean' || (step.do === 'run' && !dry)) {
    turn.effects.push({ type: 'take-step', remedy: key, seq, step, dry });
    return;
  }
  if (step.do === 'restart' && !dry) {
    const why = instance === null ? `the check ${name} failed: ${reason}` : `healthcheck failed: ${reason}`;
    for (const one of targetsOf(turn, step, instance))
      driveLife(turn, one, { type: 'hung', incarnation: one.life.incarnation, reason: why });
  }
  if (step.do === 'signal' && !dry) {
    for (const { id, life } of targetsOf(turn, step, instance)) {
      const { incarnation } = life;
      turn.effects.push({ type: 'signal', instance: id, incarnation, signal: step.signal, scope: 'leader' });
    }
  }
  driveRemedy(turn, key, { type: 'done', seq });
}

/** The living instances that a step is about. */
function targetsOf(turn: Turn, step: RemedyStep, own: InstanceState | null): InstanceState[] {
  const names = servicesOf(step);
  const all = names.length === 0 ? [own ?? []].flat() : names.flatMap((name) => instancesOf(turn.world, name));
  return all.filter(({ life }) => life.phase === 'ready' || life.phase === 'running');
}

/** What was counted before something was done says nothing about whether it helped. */
function countAnew(turn: Turn, { key, instance }: Patient): void {
  if (instance === null) gapCheck(turn, key);
  else if (instance.life.phase === 'ready') {
    driveHealth(turn, instance, { type: 'resumed', incarnation: instance.life.incarnation, phase: turn.random() });
  }
}

function say(
  turn: Turn,
  { key, instance }: Patient,
  type: EventType,
  message: string,
  data: Readonly<Record<string, unknown>>,
): void {
  record(turn, type, message, instance, instance === null ? { check: key, ...data } : data);
}
