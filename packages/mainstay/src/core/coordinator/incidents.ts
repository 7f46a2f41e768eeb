import { healthOf } from '../health/index.ts';
import {
  followIncidents,
  type Condition,
  type Happening,
  type OwnFailure,
  type Severity,
  type Subject,
} from '../incident/index.ts';
import { servicesAbout } from '../remedy/index.ts';
import { covering } from '../maintenance/index.ts';
import type { Now } from '../world/index.ts';
import { instancesOf } from './instances.ts';
import { record, type Turn } from './turn.ts';
import type { CheckWatch, CoordinatorEvent, Effect, InstanceState, Recorded, ServiceState, World } from './types.ts';

/** Follows what this turn changed: opens, updates and closes incidents, among the events of the same turn. */
export function settleIncidents(turn: Turn, event: CoordinatorEvent): void {
  const { world, now } = turn;
  if (!isAnyConcerned(turn, event)) return;
  const subjects = subjectsOf(turn);
  const happened = [...people(turn, event), ...turn.effects.flatMap((effect) => happening(world, effect))];
  const { incidents, effects, lookAgainMs } = followIncidents(world.incidents, { subjects, happened, now });
  for (const effect of effects) {
    const { incident } = effect;
    const { id, cause, severity, title } = incident;
    const data = { incident: id, cause, severity, title };
    if (effect.type === 'opened') record(turn, 'incident.opened', `#${id} ${title}`, null, data);
    else if (effect.type === 'updated')
      record(turn, 'incident.updated', `#${id} ${effect.text}`, null, { ...data, what: effect.text });
    else record(turn, 'incident.closed', closing(effect.incident), null, { ...data, record: incident });
  }
  if (incidents !== world.incidents) {
    world.incidents = incidents;
    turn.effects.push({ type: 'save-incidents' });
  }
  const due = lookAgainMs === null ? null : now.mono + lookAgainMs;
  if (due === null || due === world.incidentsDue) return;
  world.incidentsDue = due;
  turn.effects.push({ type: 'arm', key: 'incidents', afterMs: lookAgainMs ?? 0 });
}

function closing({
  id,
  cause,
  mergedInto,
  recoveredAt,
  firstFailureAt,
  by,
}: World['incidents']['open'][number]): string {
  if (mergedInto !== null) return `#${id} is a part of #${mergedInto}`;
  const took = Math.round(((recoveredAt ?? firstFailureAt) - firstFailureAt) / 100) / 10;
  const how = by === 'itself' ? 'by itself' : `by ${by === 'mainstay' ? 'mainstay' : 'an operator'}`;
  return `#${id} ${cause} is well again after ${took} s, ${how}`;
}

/** Turns after which anything may be otherwise. */
const ABOUT_ALL: ReadonlySet<CoordinatorEvent['type']> = new Set([
  'boot',
  'apply',
  'down',
  'maintain',
  'end-maintenance',
]);

/**
 * Whether it is worth a look at everything, which costs as much as there are services: not while everything is well,
 * and only after turns that changed something.
 */
function isAnyConcerned(turn: Turn, event: CoordinatorEvent): boolean {
  const { world } = turn;
  const services = new Set<string>();
  const checks = new Set<string>();
  for (const effect of turn.effects) {
    if (effect.type === 'save-check') checks.add(effect.check);
    else if (effect.type === 'save' || effect.type === 'failure')
      services.add(world.instances.get(effect.instance)?.service ?? '');
    else if (effect.type === 'drop-check' || effect.type === 'remove') return world.incidents.open.length > 0;
  }
  if (world.incidents.open.length > 0)
    return (
      services.size + checks.size > 0 || ABOUT_ALL.has(event.type) || event.type === 'timer' || event.type === 'told'
    );
  if (ABOUT_ALL.has(event.type)) return true;
  const failures = failuresOf(turn.effects);
  for (const name of services) {
    const service = world.services.get(name);
    if (service !== undefined && ofService(turn, service, failures).name === 'trouble') return true;
  }
  return [...checks].some((name) => {
    const watch = world.checks.get(name);
    return watch !== undefined && ofCheck(world, watch).name === 'trouble';
  });
}

/** Everything that is watched, what is needed before what needs it. */
function subjectsOf(turn: Turn): Subject[] {
  const { world, graph } = turn;
  const failures = failuresOf(turn.effects);
  const services = graph.order().flatMap((name): Subject[] => {
    const service = world.services.get(name);
    if (service === undefined) return [];
    const needs = graph.closure([name]).filter((one) => one !== name);
    return [{ name, kind: 'service', condition: ofService(turn, service, failures), needs }];
  });
  const checks = new Map<string, Subject>();
  const visit = (watch: CheckWatch): Subject => {
    const { name, dependsOn } = watch.plan;
    const known = checks.get(name);
    if (known !== undefined) return known;
    const needs = dependsOn.flatMap((other) => {
      const check = world.checks.get(other);
      return check === undefined ? graph.closure([other]) : [...visit(check).needs, other];
    });
    // What is repaired because of it is what may be wrong.
    const about = servicesAbout(watch.plan).flatMap((service) => graph.closure([service]));
    const all = [...new Set([...needs, ...about])];
    const subject: Subject = { name, kind: 'check', condition: ofCheck(world, watch), needs: all };
    checks.set(name, subject);
    return subject;
  };
  for (const watch of world.checks.values()) visit(watch);
  return [...services, ...checks.values()];
}

/** What failed in this turn, also where the next incarnation is on its way already. */
function failuresOf(effects: readonly Effect[]): Map<string, Failed> {
  const failed = new Map<string, Failed>();
  for (const effect of effects) {
    if (effect.type !== 'failure') continue;
    const failure = effect.exit?.outOfMemory === undefined ? 'crash' : 'memory';
    failed.set(effect.instance, { reason: effect.reason, failure });
  }
  return failed;
}

interface Failed {
  reason: string;
  failure: OwnFailure;
}

const WORST: readonly Condition['name'][] = ['trouble', 'unclear', 'good', 'off'];

function ofService(turn: Turn, service: ServiceState, failures: ReadonlyMap<string, Failed>): Condition {
  const { world, now } = turn;
  if (world.goal === 'down') return { name: 'off', reason: 'mainstay goes down' };
  if (service.desired === 'stopped') return { name: 'off', reason: 'stopped by the operator' };
  const instances = instancesOf(world, service.plan.name);
  const conditions = instances.map((instance) =>
    ofInstance(instance, failures.get(instance.id) ?? null, now, world.plan.observe),
  );
  const worst = conditions.toSorted((a, b) => WORST.indexOf(a.name) - WORST.indexOf(b.name))[0];
  if (worst === undefined) return { name: 'unclear', reason: 'it has no instance' };
  if (worst.name !== 'trouble') return worst;
  const window = covering(world.windows.values(), service.plan.name);
  if (window !== null) return { name: 'unclear', reason: `maintenance: ${window.reason}` };
  // One good instance does the work of the others.
  const severity: Severity = conditions.some(({ name }) => name === 'good') ? 'warning' : worst.severity;
  return { ...worst, severity };
}

function ofInstance(
  { life, health, plan, hidden }: InstanceState,
  failed: Failed | null,
  now: Now,
  observed: boolean,
): Condition {
  const trouble = (reason: string, since: Now, failure: OwnFailure, severity: Severity = 'critical'): Condition => ({
    name: 'trouble',
    severity,
    reason,
    since,
    failure,
  });
  const reason = life.reason ?? life.phase;
  if (failed !== null) return trouble(failed.reason, now, failed.failure);
  if (hidden !== null) return { name: 'unclear', reason: hidden };
  if (observed && plan.foreign !== null && life.phase === 'waiting')
    return trouble('it does not run', life.since, exitKind(life));
  switch (life.phase) {
    case 'backoff':
    case 'cooldown':
    case 'fatal':
    case 'unkillable':
      return trouble(life.phase === 'unkillable' ? 'it survives SIGKILL' : reason, life.since, exitKind(life));
    case 'stopping':
      return life.after?.do === 'account'
        ? trouble(life.after.reason, life.since, endKind(life.after))
        : { name: 'unclear', reason };
    case 'completed':
      return { name: 'good' };
    case 'ready':
      break;
    default:
      return plan.type === 'task' ? { name: 'off', reason: 'it has not ended yet' } : { name: 'unclear', reason };
  }
  const state = health === null ? 'healthy' : healthOf(health.mode);
  if (state === 'healthy') return { name: 'good' };
  if (health === null || state === 'unknown') return { name: 'unclear', reason: 'nothing is known of its health' };
  const first = health.firstFailureAt ?? health.since;
  const since = { mono: first, wall: now.wall - (now.mono - first) };
  const said = health.lastObservation?.message ?? state;
  return trouble(said, since, 'hang', state === 'degraded' ? 'warning' : 'critical');
}

const exitKind = ({ lastExit }: InstanceState['life']): OwnFailure =>
  lastExit?.outOfMemory === undefined ? 'crash' : 'memory';

/** What is being ended has hung, unless its main process ended by itself, or it used too much memory. */
function endKind({
  killed,
  exit,
  outOfMemory,
}: Extract<InstanceState['life']['after'], { do: 'account' }>): OwnFailure {
  if (outOfMemory !== undefined || exit?.outOfMemory !== undefined) return 'memory';
  return killed ? 'hang' : 'crash';
}

function ofCheck(world: World, { plan, state }: CheckWatch): Condition {
  if (state.name === 'pass') return { name: 'good' };
  if (state.name !== 'warn' && state.name !== 'fail') return { name: 'unclear', reason: state.reason };
  const told = state.name === 'fail' ? plan.onFailure : plan.onWarn;
  if (told === 'none') return { name: 'unclear', reason: 'nobody wants to be told' };
  const window = covering(world.windows.values(), plan.name);
  if (window !== null) return { name: 'unclear', reason: `maintenance: ${window.reason}` };
  const severity = state.name === 'fail' ? 'critical' : 'warning';
  return {
    name: 'trouble',
    severity,
    reason: state.reason,
    since: state.firstTroubleAt ?? state.since,
    failure: 'check',
  };
}

/** What of a turn belongs into the timeline of an incident. */
function happening({ instances }: World, effect: Effect): Happening[] {
  if (effect.type !== 'record') return [];
  const { event } = effect;
  const subject = event.instance === null ? event.data['check'] : instances.get(event.instance)?.service;
  if (typeof subject !== 'string') return [];
  return [{ subject, what: isAction(event) ? 'action' : 'observation', text: event.message }];
}

function isAction({ type, data }: Recorded): boolean {
  if (type === 'instance.spawned' || type === 'remedy.action') return true;
  return type === 'instance.phase' && (data['to'] === 'stopping' || data['to'] === 'backoff');
}

/** What people did, and what they were told. */
function people({ world }: Turn, event: CoordinatorEvent): Happening[] {
  const say = (names: Iterable<string>, text: string): Happening[] =>
    [...names].map((subject) => ({ subject, what: 'operator', text }));
  switch (event.type) {
    case 'start':
    case 'stop':
    case 'restart':
      return say(event.services, `${event.type}: ${event.reason}`);
    case 'reload':
      return say(
        event.services.map(({ name }) => name),
        `reload: ${event.reason}`,
      );
    case 'apply':
      return say(event.restart, `apply: ${event.reason}`);
    case 'told':
      return event.subjects.map((subject) => ({ subject, what: 'delivery', text: event.text }));
    case 'down':
      return say(world.services.keys(), `down: ${event.reason}`);
    default:
      return [];
  }
}
