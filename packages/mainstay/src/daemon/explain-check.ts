import type { CheckExplanation, JournalEvent } from '@mainstay/protocol';
import { describeValue, statusOf } from '../core/check/index.ts';
import type { CheckWatch, World } from '../core/coordinator/index.ts';
import type { Now } from '../ports/index.ts';
import { servicesAbout } from '../core/remedy/index.ts';
import { seconds } from './explain.ts';
import { remedyFacts } from './remedy/explain.ts';

/** Why a check that belongs to no service is in the state it is in, and what to try. */
export function explainCheck(
  world: World,
  watch: CheckWatch,
  events: readonly JournalEvent[],
  now: Now,
): CheckExplanation {
  const { plan } = watch;
  return {
    kind: plan.kind,
    status: statusOf(watch.state.name),
    summary: summary(watch, now),
    facts: [...facts(world, watch, now), ...remedyFacts(explained(world, watch), now)],
    advice: advice(watch),
    events: events.filter(({ data }) => data['check'] === plan.name).slice(-15),
  };
}

function explained(world: World, { plan, remedy }: CheckWatch) {
  const hasPort = servicesAbout(plan).some((name) => (world.services.get(name)?.plan.ports.length ?? 0) > 0);
  return { plan, remedy, own: null, hasPort, dryRun: world.plan.dryRun };
}

function summary({ plan: { name }, state }: CheckWatch, now: Now): string {
  const since = `for ${seconds(now.wall - state.since.wall)}`;
  switch (state.name) {
    case 'idle':
      return `${name} is not checked: ${state.reason}`;
    case 'pending':
      return `${name} has no confirmed result yet`;
    case 'unknown':
      return `nothing could be learnt about ${name} ${since}: ${state.reason}`;
    default:
      return `${name} is ${state.name} ${since}: ${state.reason}`;
  }
}

function facts(world: World, { plan, state, over, last }: CheckWatch, now: Now): string[] {
  const out: string[] = [];
  if (last !== null) out.push(`last result: ${last.status}, ${seconds(now.wall - last.at)} ago: ${last.message}`);
  if (state.firstTroubleAt !== null && state.name !== 'idle') {
    out.push(`not good since ${new Date(state.firstTroubleAt.wall).toISOString()}`);
  }
  if (state.failures > 0 && state.failures < plan.retries && state.name !== 'fail') {
    out.push(`${state.failures} of ${plan.retries} failures that confirm one`);
  }
  if (state.flapping) out.push('it is flapping: its result changes again and again');
  for (const [at, { level, measure, side, limit, unit }] of plan.thresholds.entries()) {
    const exceeded = over[at] === true ? ', exceeded' : '';
    out.push(`threshold: ${level} when ${measure} is ${side} ${describeValue(limit, unit)}${exceeded}`);
  }
  for (const name of plan.dependsOn) out.push(`depends on ${name}: ${stateOf(world, name)}`);
  return out;
}

function stateOf(world: World, name: string): string {
  const check = world.checks.get(name);
  if (check !== undefined) return check.state.name === 'idle' ? 'not checked' : check.state.name;
  const phases = (world.services.get(name)?.instances ?? []).map((id) => world.instances.get(id)?.life.phase ?? '?');
  return phases.join(', ');
}

function advice({ plan, state }: CheckWatch): string[] {
  if (state.name === 'pass' || state.name === 'pending') return [];
  if (state.name === 'idle') return plan.dependsOn.map((name) => `mainstay explain ${name}`);
  return ['mainstay logs checks -n 50'];
}
