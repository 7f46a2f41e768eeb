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

function evidence({
  usage,
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
  const unmet = dependencies.filter((one) => !one.endsWith(': met'));
  if (unmet.length > 0) lines.push(`dependencies: ${unmet.map(oneLine).join('; ')}`);
  const names = [...new Set(others.map(({ service }) => service))];
  if (names.length > 0) lines.push(`in the minute before it failed too: ${names.join(', ')}`);
  const { memory_available: free, load } = machine;
  if (free !== null && load !== null) lines.push(`the machine: ${describeBytes(free)} free, load ${load[0] ?? 0}`);
  return lines;
}
