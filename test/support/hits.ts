/** What can happen to a service of the web stack, and what must be true afterwards. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bearers, look, signal, treeOf, type Found } from './processes.ts';
import type { WebStack } from './web-stack.ts';

export const SERVICES = ['postgres', 'redis', 'app', 'worker', 'nginx'] as const;
export type ServiceName = (typeof SERVICES)[number];

export const HITS = ['KILL', 'SEGV', 'STOP', 'exit 0', 'exit 1', 'escapee'] as const;
export type Hit = (typeof HITS)[number];

/** Ends a program by itself, with exit code 0. */
const ORDERLY: Record<ServiceName, NodeJS.Signals> = {
  postgres: 'SIGINT',
  redis: 'SIGTERM',
  app: 'SIGTERM',
  worker: 'SIGTERM',
  nginx: 'SIGQUIT',
};

/** The servers themselves offer no way to end with exit code 1, and only PostgreSQL one to start a foreign child. */
export function possible(service: ServiceName, hit: Hit): boolean {
  if (hit === 'exit 1') return service === 'app' || service === 'worker';
  if (hit === 'escapee') return service === 'app' || service === 'worker' || service === 'postgres';
  return true;
}

/** Hits a service, and sees it come back while nothing else is touched. */
export async function hit(stack: WebStack, service: ServiceName, how: Hit): Promise<void> {
  const { system } = stack;
  const before = await system.pids();
  const { pid } = await system.service(service);
  const leader = pid === null ? null : look(pid);
  assert.ok(pid !== null && leader !== null, `${service} runs`);
  if (how === 'escapee') await escape(stack, service, leader);
  const tree = treeOf(pid, cookie(stack, service));

  if (how === 'escapee') signal(leader, 'SIGKILL');
  else if (how === 'exit 0') signal(leader, ORDERLY[service]);
  // The workers of a stopped nginx go on answering: to hang, all of it has to.
  else if (how === 'STOP' && service === 'nginx') for (const one of tree) signal(one, 'SIGSTOP');
  else if (how === 'exit 1') signal(leader, 'SIGUSR2');
  else signal(leader, `SIG${how}`);
  const back = await system.replaced(service, pid);

  const left = tree.filter((one) => look(one.pid)?.startTime === one.startTime);
  assert.deepEqual(
    left.map(({ command }) => command),
    [],
    'nothing of the old one lives',
  );
  const { [`${service}/0`]: replaced, ...others } = await system.pids();
  const { [`${service}/0`]: old, ...othersBefore } = before;
  assert.notEqual(replaced, old);
  assert.deepEqual(others, othersBefore, 'nothing else was restarted');
  const incarnations = new Set(bearers([cookie(stack, service)]).map(incarnationOf));
  assert.ok(incarnations.size <= 1, `one incarnation lives, not ${[...incarnations].join(', ')}`);
  checkExit(how, back.last_exit);
  await system.eventually('process_status.json tells of it', () => tells(stack, service));
}

const cookie = ({ system }: WebStack, service: ServiceName): string => `MAINSTAY_COOKIE=${system.id}:${service}/0:`;

/** Makes a service start a child in a session of its own. */
async function escape(stack: WebStack, service: ServiceName, leader: Found): Promise<void> {
  const sleepers = (): Found[] => bearers([cookie(stack, service)]).filter(({ command }) => command === 'sleep 86400');
  if (service === 'postgres') {
    const { program, environment, arguments: args } = stack.psql;
    // What reads nothing may be gone when PostgreSQL writes to it.
    const sql = `copy (select 1) to program 'setsid sleep 86400 >/dev/null 2>&1 & cat >/dev/null'`;
    await promisify(execFile)(program, [...args, sql], { env: environment });
  } else {
    signal(leader, 'SIGHUP');
  }
  await stack.system.eventually('the child is there', () => sleepers().length > 0);
}

function checkExit(how: Hit, exit: { code: number | null; signal: string | null } | null): void {
  assert.ok(exit !== null);
  if (how === 'exit 0') assert.equal(exit.code, 0);
  else if (how === 'exit 1') assert.equal(exit.code, 1);
  // One that hangs is asked to stop first, and may.
  else if (how !== 'STOP') assert.equal(exit.signal, how === 'SEGV' ? 'SIGSEGV' : 'SIGKILL');
}

function tells({ system }: WebStack, service: ServiceName): boolean {
  const text = system.read('process_status.json') || system.read('.mainstay/process_status.json');
  if (text === '') return false;
  const told = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(told).slice(0, 4), ['timestamp', 'event', 'process', 'status']);
  return told['process'] === service;
}

/** The number at the end of a cookie. */
function incarnationOf({ environment }: Found): string {
  return /MAINSTAY_COOKIE=[^:]+:[^:]+:(\d+)/.exec(environment)?.[1] ?? '?';
}
