import { type Region, TYPED } from './values.ts';

/** Keys of a healthcheck that are not part of a target. */
const TIMING = new Set([
  'interval',
  'timeout',
  'retries',
  'successes',
  'start_period',
  'start_interval',
  'on_failure',
  'on_warn',
  'dry_run',
  'warn',
  'fail',
  'depends_on',
]);

/** Whether references below this path of a service are kept, and expanded at each start instead of now. */
export function isLate(path: readonly string[]): boolean {
  const [first, second] = path;
  if (first === 'command' || first === 'environment') return true;
  if (first !== 'healthcheck' || second === undefined) return false;
  return !TIMING.has(second) || isRemedyArgument(path);
}

/** Items of `on_failure: { run: […] }`, also within a list of steps, and the directory that is cleaned. */
function isRemedyArgument(path: readonly string[]): boolean {
  const [, key, ...rest] = path;
  if (key !== 'on_failure' && key !== 'on_warn') return false;
  const [way, last] = /^\d+$/.test(rest[0] ?? '') ? rest.slice(1) : rest;
  return (way === 'run' && last !== undefined) || (way === 'clean' && last === 'path');
}

/** A path of a check, as the path of the same thing in a service. */
export function asHealthcheck(path: readonly string[]): readonly string[] {
  return ['healthcheck', ...path];
}

/** How scalars at a path of a service are read. */
export function serviceRegion(path: readonly string[]): Region {
  const [first] = path;
  if (first === 'environment') return { text: true, keepNull: path.length === 2 };
  return first === 'command' || isCheckArgument(path) || (first === 'healthcheck' && isRemedyArgument(path))
    ? { text: true, keepNull: false }
    : TYPED;
}

/** Items of `exec: […]`, `test: […]` and `exec: { command: […] }`: a number there is an argument. */
function isCheckArgument(path: readonly string[]): boolean {
  const inList = /^\d+$/.test(path.at(-1) ?? '');
  return path[0] === 'healthcheck' && inList && (path.length === 3 || (path.length === 4 && path[2] === 'command'));
}

/** Whether references at this path of the file belong to alerts and are expanded when something is sent. */
export function isLateInAlerts(path: readonly string[]): boolean {
  return path[0] === 'alerts' && path[1] === 'notifiers';
}

/** How scalars at a path of `alerts` are read: a number in a command is an argument. */
export function alertsRegion(path: readonly string[]): Region {
  const inList = /^\d+$/.test(path.at(-1) ?? '');
  return { text: path[1] === 'notifiers' && inList, keepNull: false };
}
