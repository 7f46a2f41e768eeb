import { readdirSync, readlinkSync } from 'node:fs';
import type { HangEvidence } from '@mainstay/protocol';
import { addressText, listPids, readProc, readStat } from '../proc/index.ts';

type Found = HangEvidence['processes'][number];

/** Of one main process, so many of those it started are looked at. */
const MOST_PROCESSES = 8;
const MOST_SOCKETS = 16;
const MOST_FRAMES = 16;

/** A main process and those it has started, what each waits for, and its connections. Reads /proc alone, which waits for no disk. */
export function evidenceOf(leader: number): Found[] {
  const family = [leader, ...descendants(leader)].slice(0, MOST_PROCESSES + 1);
  return family.flatMap((pid) => one(pid, leader) ?? []);
}

function one(pid: number, leader: number): Found | null {
  const stat = readStat(pid);
  if (stat === null) return null;
  const status = text(`/proc/${pid}/status`);
  const number = (name: string): number | null => {
    const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status);
    return match === null ? null : Number(match[1]);
  };
  const memory = number('VmRSS');
  const waits = text(`/proc/${pid}/wchan`).trim();
  return {
    pid,
    leader,
    name: stat.comm,
    state: stat.state,
    waits_in: waits === '' || waits === '0' ? null : waits,
    stack: frames(pid),
    threads: number('Threads'),
    memory: memory === null ? null : memory * 1024,
    sockets: sockets(pid),
  };
}

/** `[<0>] do_select+0x1/0x2` a line; only root may read it. */
function frames(pid: number): string[] {
  const lines = text(`/proc/${pid}/stack`).split('\n');
  return lines.flatMap((line) => /^\[<[0-9a-f]+>\] (\S+)/.exec(line)?.[1] ?? []).slice(0, MOST_FRAMES);
}

function descendants(leader: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of listPids()) {
    const parent = readStat(pid)?.ppid;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (const queue = [leader]; queue.length > 0 && found.length <= MOST_PROCESSES;) {
    const next = children.get(queue.shift() ?? 0) ?? [];
    found.push(...next);
    queue.push(...next);
  }
  return found;
}

/** `st` of `/proc/net/tcp`, in the kernel's order (include/net/tcp_states.h). */
const TCP_STATES = ['', 'ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE'];
const MORE_STATES = ['CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'];
const ALL_STATES = [...TCP_STATES, ...MORE_STATES];

function sockets(pid: number): string[] {
  const own = new Set<string>();
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined) own.add(inode);
    }
  } catch {
    return [];
  }
  if (own.size === 0) return [];
  const found: string[] = [];
  for (const name of ['tcp', 'tcp6']) {
    for (const line of text(`/proc/${pid}/net/${name}`).split('\n').slice(1)) {
      const fields = line.trim().split(/ +/, 10);
      if (!own.has(fields[9] ?? '')) continue;
      const state = ALL_STATES[Number.parseInt(fields[3] ?? '0', 16)] ?? '?';
      const remote = state === 'LISTEN' ? '' : ` ${addressText(fields[2] ?? '')}`;
      found.push(`${state} ${addressText(fields[1] ?? '')}${remote}`);
      if (found.length === MOST_SOCKETS) return found;
    }
  }
  return found;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function text(path: string): string {
  return readProc(path)?.toString('latin1') ?? '';
}
