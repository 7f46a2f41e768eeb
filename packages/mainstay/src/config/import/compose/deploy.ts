import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { entries, get, oneLine, text } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { DraftKeys, Value } from '../types.ts';
import { setLimit } from '../resources.ts';
import { whole } from '../values.ts';
import type { ServiceContext } from './service.ts';
import { interpolate } from './interpolate.ts';
import { unsupported } from './unsupported.ts';

/** `restart`: the same words, but `on-failure:N` counts attempts for ever and mainstay in a window. */
export function readRestart(value: string, keys: DraftKeys, where: string, notes: Notes): void {
  const [mode, count] = value.split(':');
  if (mode !== 'no' && mode !== 'always' && mode !== 'on-failure' && mode !== 'unless-stopped') {
    if (value === 'false') keys.restart = 'no';
    else notes.dropped(where, `restart ${brief(value)}`, 'it is not a way to restart', 'write restart: always');
    return;
  }
  keys.restart = mode;
  const attempts = whole(count ?? null);
  if (attempts === null) return;
  limitAttempts(keys, attempts, where, `restart ${value}`, notes);
}

function limitAttempts(keys: DraftKeys, attempts: number, where: string, what: string, notes: Notes): void {
  keys.restart_policy = { ...keys.restart_policy, max_attempts: attempts };
  notes.approximated(
    where,
    what,
    'Docker counts attempts until the service has run for a while; mainstay counts those in a window (10m)',
    'write restart_policy.window if another time is wanted, and cooldown: never to give up for ever',
  );
}

/** `deploy`: replicas, restart_policy and resources; the rest is noted. */
export function readDeploy(tree: Tree, keys: DraftKeys, service: string, context: ServiceContext): void {
  for (const [key, entry] of entries(tree)) {
    const where = entry.at;
    if (key === 'replicas') readReplicas(whole(text(entry.value)), keys, where, service, context.notes);
    else if (key === 'restart_policy') readPolicy(entry.value, keys, where, context.notes);
    else if (key === 'resources') readResources(entry.value, keys, context);
    else {
      context.notes.dropped(
        where,
        `deploy.${key}: ${brief(oneLine(entry.value))}`,
        'it concerns a cluster of machines',
        'nothing: mainstay runs this machine',
      );
    }
  }
}

function readReplicas(count: number | null, keys: DraftKeys, where: string, service: string, notes: Notes): void {
  if (count === null || count === 1) return;
  if (count === 0) {
    notes.approximated(
      where,
      'deploy.replicas: 0',
      'every service in mainstay.yaml is started',
      `run "mainstay stop ${service}" once; it stays stopped`,
    );
    return;
  }
  keys.instances = count;
  notes.advice(
    where,
    `deploy.replicas: ${count}`,
    'instances share the ports of the machine',
    'use ${INSTANCE} (0, 1 …) in the command where each needs its own port or file',
  );
}

function readPolicy(tree: Tree, keys: DraftKeys, where: string, notes: Notes): void {
  const condition = text(get(tree, 'condition')) ?? 'any';
  keys.restart = condition === 'none' ? 'no' : condition === 'on-failure' ? 'on-failure' : 'always';
  const policy: Record<string, Value> = {};
  const delay = text(get(tree, 'delay'));
  if (delay !== null) policy.delay = delay;
  const window = text(get(tree, 'window'));
  if (window !== null) {
    policy.reset_after = window;
    notes.approximated(
      where,
      `deploy.restart_policy.window: ${window}`,
      'in Docker it is how long a start must last to count as good; that is reset_after here',
      'nothing; restart_policy.window is the time in which attempts are counted',
    );
  }
  if (Object.keys(policy).length > 0) keys.restart_policy = { ...keys.restart_policy, ...policy };
  const attempts = whole(text(get(tree, 'max_attempts')));
  if (attempts !== null && attempts > 0) {
    limitAttempts(keys, attempts, where, `deploy.restart_policy.max_attempts: ${attempts}`, notes);
  }
}

const LIMITS = { memory: 'memory', cpus: 'cpus', pids: 'pids' } as const;

/** `limits` are those of mainstay; of `reservations` only memory is. */
function readResources(tree: Tree, keys: DraftKeys, context: ServiceContext): void {
  for (const [part, entry] of entries(tree)) {
    for (const [key, limit] of entries(entry.value)) {
      const value = text(limit.value) ?? '';
      const name = part === 'limits' ? LIMITS[key as keyof typeof LIMITS] : undefined;
      if (name !== undefined) setLimit(keys, name, interpolate(value, limit.at, context.notes));
      else if (part === 'reservations' && key === 'memory')
        setLimit(keys, 'memory_reservation', interpolate(value, limit.at, context.notes));
      else {
        context.notes.dropped(
          limit.at,
          `deploy.resources.${part}.${key}: ${brief(oneLine(limit.value))}`,
          ...unsupported(key === 'devices' ? 'devices' : 'cpu_shares'),
        );
      }
    }
  }
}
