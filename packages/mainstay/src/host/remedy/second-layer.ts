import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HangEvidence } from '@mainstay/protocol';
import type { SecondLayerAnswer, SecondLayerQuestion } from '../../ports/index.ts';
import { identify, readProc } from '../proc/index.ts';
import { evidenceOf } from './evidence.ts';

const CONNECT_MS = 3_000;
/** A program that works takes a new connection out of the queue within this time; so often is looked. */
const LOOKS = 5;
const LOOK_MS = 300;

const LOCAL = /^(localhost|127\.|::1$|0\.0\.0\.0$|::$)/;

/**
 * Asks the layers below a check: whether the address accepts connections, whether the program takes them out of the
 * kernel's queue, and what state its processes are in. Also keeps what they are doing, as evidence.
 */
export async function askSecondLayer(question: SecondLayerQuestion): Promise<SecondLayerAnswer> {
  const processes = question.processes.flatMap(({ pid, startTime }) =>
    identify(pid)?.startTime === startTime ? evidenceOf(pid) : [],
  );
  const gone = question.processes.length > 0 && processes.length === 0 ? 'its process is gone' : null;
  const broken = gone ?? stoppedProcess(processes) ?? null;
  const answer = broken ?? (await ofNetwork(question));
  const [word, text] = typeof answer === 'string' ? (['broken', answer] as const) : (['silent', answer.fine] as const);
  const states = processes
    .filter(({ pid, leader }) => pid === leader)
    .map(({ pid, state }) => `process ${pid} is ${STATES[state] ?? state}`);
  const all = word === 'broken' ? text : [text, ...states].filter((part) => part !== '').join('; ');
  return { word, text: all, evidence: { found: all, processes } };
}

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a disk',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'a zombie',
  I: 'idle',
};

/** A main process that was stopped by a signal answers nobody. */
function stoppedProcess(processes: HangEvidence['processes']): string | null {
  const stopped = processes.find(({ pid, leader, state }) => pid === leader && /^[Tt]$/.test(state));
  return stopped === undefined ? null : `process ${stopped.pid} is ${STATES[stopped.state] ?? 'stopped'}`;
}

async function ofNetwork({ address, connects, processes }: SecondLayerQuestion): Promise<string | { fine: string }> {
  if (address === null) return { fine: 'there is no address to ask' };
  const shown = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  const isLocal = LOCAL.test(address.host);
  const pid = processes[0]?.pid ?? null;
  if (!connects) {
    if (!isLocal || queueOf(address.port, pid) !== null) return { fine: `something listens on ${shown}` };
    return `nothing listens on ${shown}`;
  }
  const socket = connect({ host: address.host, port: address.port });
  try {
    const failure = await new Promise<NodeJS.ErrnoException | 'timeout' | null>((resolve) => {
      socket.setTimeout(CONNECT_MS, () => resolve('timeout'));
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (failure === 'timeout') return `${shown} takes no connection within ${CONNECT_MS / 1000} s`;
    if (failure !== null) {
      if (failure.code === 'ECONNREFUSED') return `nothing listens on ${shown}`;
      return { fine: `${shown} cannot be asked (${failure.code ?? failure.message})` };
    }
    const queued = isLocal ? await stuckQueue(address.port, pid) : 0;
    if (queued > 0) return `${shown} does not take connections: ${queued} wait in its queue`;
    return { fine: `${shown} accepts connections` };
  } finally {
    // An error that comes late is of no interest any more.
    socket.on('error', () => undefined).destroy();
  }
}

/** Connections that wait to be accepted, and did at every look; 0: the queue was empty once. */
async function stuckQueue(port: number, pid: number | null): Promise<number> {
  for (let look = 1; ; look += 1) {
    const queued = queueOf(port, pid) ?? 0;
    if (queued === 0 || look === LOOKS) return queued;
    await delay(LOOK_MS);
  }
}

/**
 * Connections that wait to be accepted on a local port, of the socket with the most; null: nothing listens. The table is
 * `/proc/PID/net/tcp` (proc(5)), whose `rx_queue` is, for a listening socket, the length of its accept queue.
 */
function queueOf(port: number, pid: number | null): number | null {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let longest: number | null = null;
  for (const name of ['tcp', 'tcp6']) {
    const own = pid === null ? null : readProc(`/proc/${pid}/net/${name}`);
    const table = (own ?? readProc(`/proc/net/${name}`))?.toString('latin1') ?? '';
    for (const line of table.split('\n').slice(1)) {
      const [, local = '', , state, queues = ''] = line.trim().split(/ +/, 5);
      if (state !== '0A' || !local.endsWith(wanted)) continue;
      longest = Math.max(longest ?? 0, Number.parseInt(queues.split(':')[1] ?? '0', 16));
    }
  }
  return longest;
}
