import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeBytes, type CrashBundle, type KeptCrash } from '@mainstay/protocol';
import { readJson } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { dayAndTime, humanDuration, oneLine } from '../text/index.ts';

/** `web` or `web/1` in its parts. */
export function named(name: string): { service: string; instance: number | null } {
  const [service = '', instance] = name.split('/');
  return { service, instance: instance === undefined ? null : Number(instance) };
}

/**
 * The newest crash bundle of a service, or of one of its instances, from the state directory: it can be read whether
 * a daemon runs or not.
 * @returns null when there is none
 */
export function newestCrash(stateDir: string, service: string, instance: number | null): KeptCrash | null {
  const directory = join(stateDir, 'crashes', service);
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  } catch {
    return null;
  }
  for (const name of names.sort().reverse()) {
    const file = join(directory, name);
    const bundle = readJson<CrashBundle>(file);
    if (bundle === null || bundle.version !== 1) continue;
    if (instance === null || bundle.instance === instance) return { file, directory, count: names.length, bundle };
  }
  return null;
}

/** The newest crash in a few lines, and where the others are. */
export function crashLines({ file, directory, count, bundle }: KeptCrash, context: Context): string[] {
  const { style } = context;
  const lived = bundle.uptime_ms === null ? '' : ` after ${humanDuration(bundle.uptime_ms)}`;
  const lines = [`${dayAndTime(bundle.at)}  ${oneLine(bundle.reason)}${lived}`, ...evidence(bundle)];
  const others = count > 1 ? `; ${count - 1} older in ${directory}` : '';
  return [
    '',
    style('bold', '  Its last crash'),
    ...[...lines, `all of it: ${file}${others}`].map((line) => `  ${line}`),
  ];
}

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a disk',
  T: 'stopped by a signal',
  t: 'stopped by a debugger',
  Z: 'a zombie',
};

/** What a process was doing: its state, what it waited in, its size, its connections. */
function processLines(one: NonNullable<CrashBundle['evidence']>['processes'][number]): string[] {
  const { pid, name, state, waits_in: waits, stack, threads, memory, sockets } = one;
  const facts = [
    STATES[state] ?? state,
    ...(waits === null ? [] : [`in ${waits}`]),
    ...(threads === null ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`]),
    ...(memory === null ? [] : [describeBytes(memory)]),
  ];
  const frames = stack.slice(0, 5).map((frame) => frame.replace(/\+0x.*$/, ''));
  return [
    `  process ${pid} (${oneLine(name)}): ${facts.join(', ')}`,
    ...(frames.length > 0 ? [`    kernel stack: ${frames.join(' < ')}`] : []),
    ...(sockets.length > 0 ? [`    sockets: ${sockets.slice(0, 5).join(', ')}`] : []),
  ];
}

function evidence({
  usage,
  evidence: hang,
  memory_limit: limit,
  dependencies,
  other_failures: others,
  machine,
}: CrashBundle): string[] {
  const lines: string[] = [];
  const memory = usage.flatMap((one) => one.memory ?? []);
  const [first, last] = [usage[0], usage.at(-1)];
  const cpu = (last?.cpu_ms ?? 0) - (first?.cpu_ms ?? 0);
  if (memory.length > 0 && first !== undefined && last !== undefined) {
    const most = limit === null ? '' : ` of ${describeBytes(limit)}`;
    const over = humanDuration(Date.parse(last.at) - Date.parse(first.at));
    const busy = usage.length > 1 ? `; ${humanDuration(cpu)} of CPU time in ${over}` : '';
    lines.push(`memory before it: up to ${describeBytes(Math.max(...memory))}${most}${busy}`);
  }
  if (hang !== undefined) {
    lines.push(`before it was ended: ${oneLine(hang.found)}`);
    for (const one of hang.processes) lines.push(...processLines(one));
  }
  const unmet = dependencies.filter((one) => !one.endsWith(': met'));
  if (unmet.length > 0) lines.push(`dependencies: ${unmet.map(oneLine).join('; ')}`);
  const names = [...new Set(others.map(({ service }) => service))];
  if (names.length > 0) lines.push(`in the minute before it failed too: ${names.join(', ')}`);
  const { memory_available: free, load } = machine;
  if (free !== null && load !== null) lines.push(`the machine: ${describeBytes(free)} free, load ${load[0] ?? 0}`);
  return lines;
}
