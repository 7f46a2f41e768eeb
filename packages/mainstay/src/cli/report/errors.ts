import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CrashBundle } from '@mainstay/protocol';
import type { Outage, Period } from '../../core/uptime/figures/index.ts';
import { readJson } from '../client/index.ts';

/** Something that went wrong, in the words of what failed. */
export interface RecentError {
  /** UTC ms. */
  at: number;
  name: string;
  reason: string;
  /** What it wrote last, oldest first. */
  lines: string[];
}

/** Of each; older ones are in the crash bundles, and in `mainstay events`. */
const MOST = 5;
const LINES = 3;

/**
 * The newest crashes in a time, from the bundles in the state directory.
 *
 * @param names of services; empty: all
 */
export function recentCrashes(stateDir: string, { since, until }: Period, names: readonly string[]): RecentError[] {
  const folder = join(stateDir, 'crashes');
  const services = namesIn(folder).filter((name) => names.length === 0 || names.includes(name));
  const files = services.flatMap((service) =>
    namesIn(join(folder, service))
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .map((name) => ({ name, path: join(folder, service, name) })),
  );
  const found: RecentError[] = [];
  // Names are times: the newest come first.
  for (const { path } of files.sort((a, b) => (a.name < b.name ? 1 : -1))) {
    const bundle = readJson<CrashBundle>(path);
    if (bundle === null || bundle.version !== 1) continue;
    const at = Date.parse(bundle.at);
    if (at < since) break;
    if (at >= until) continue;
    const { service: name, reason, last_lines: lines } = bundle;
    found.push({ at, name, reason, lines: lines.filter((line) => line.trim() !== '').slice(-LINES) });
    if (found.length === MOST) break;
  }
  return found;
}

/** The newest failures of checks, which say themselves what is wrong. */
export function recentFailures(
  checks: readonly { name: string; outages: readonly Outage[] }[],
  { since }: Period,
): RecentError[] {
  return checks
    .flatMap(({ name, outages }) => outages.map(({ from, cause }) => ({ at: from, name, reason: cause, lines: [] })))
    .filter(({ at }) => at >= since)
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
