import fs from 'node:fs';
import path from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import { didYouMean } from '../../config/nearest.ts';
import type { Source } from './source.ts';

/** mainstay's own logs: shown only when they are named. */
const OWN = new Set(['mainstay', 'events', 'checks', 'guardian']);

/**
 * The logs to read. Names with no log yet are followed all the same when the plan knows them.
 *
 * @param known services of the plan, null when it is not at hand
 * @throws MainstayError `unknown-service` with the nearest name and those that exist
 */
export function findSources(logs: string, named: readonly string[], known: readonly string[] | null): Source[] {
  const there = logNames(logs);
  const services = [...new Set([...(known ?? []), ...serviceNames(there, known)])];
  for (const name of named) {
    if (services.includes(name) || there.includes(name)) continue;
    const all = services.filter((service) => !OWN.has(service));
    throw new MainstayError(
      'unknown-service',
      `cannot show the log of ${name}: there is no service of that name`,
      didYouMean(name, all) ?? (all.length > 0 ? `one of: ${all.join(', ')}` : 'nothing has been logged here yet'),
    );
  }
  const wanted = named.length > 0 ? named : services.filter((service) => !OWN.has(service));
  return wanted.flatMap((service) => sourcesOf(logs, service, there));
}

function sourcesOf(logs: string, service: string, there: readonly string[]): Source[] {
  const at = (name: string): string => path.join(logs, `${name.replaceAll('/', '_')}.log`);
  const found: Source[] = [];
  for (const stream of ['out', 'err'] as const) {
    if (there.includes(`${service}.${stream}`)) found.push({ service, stream, path: at(`${service}.${stream}`) });
  }
  if (found.length === 0 || there.includes(service)) found.unshift({ service, stream: null, path: at(service) });
  return found;
}

/** Names of the logs in the directory, rotated ones included, without `.log`. */
function logNames(logs: string): string[] {
  const files = fs.existsSync(logs) ? fs.readdirSync(logs) : [];
  const names = files.flatMap((file) => /^(.+)\.log(?:\.\d+)?$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** `web.out` and `web.err` are the two logs of `web`, unless a service has that very name. */
function serviceNames(names: readonly string[], known: readonly string[] | null): string[] {
  return names.map((name) => (known?.includes(name) === true ? name : name.replace(/\.(?:out|err)$/, '')));
}
