import type { SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import { spawnFailure } from './failure.ts';
import { systemTool } from './tools.ts';

/** Names as in compose, which are those of prlimit(1). Sizes are bytes, as in setrlimit(2). */
const NAMES: ReadonlySet<string> = new Set(
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);

/**
 * The words before a command that set its resource limits; none when it has none. prlimit rather than the
 * shell's `ulimit`, whose letters and units differ from shell to shell. It comes before the change of user,
 * because only root may raise a hard limit.
 */
export function limitWords(spec: SpawnSpec): string[] | SpawnFailure {
  const limits = Object.entries(spec.service.ulimits);
  if (limits.length === 0) return [];
  const prlimit = systemTool('prlimit');
  if (prlimit === null) {
    return spawnFailure(spec, 'missing-program', 'ulimits need the program prlimit', 'install util-linux');
  }
  const words: string[] = [prlimit];
  for (const [name, { soft, hard }] of limits) {
    if (!NAMES.has(name)) return spawnFailure(spec, 'other', `there is no resource limit "${name}"`);
    words.push(`--${name}=${limit(soft)}:${limit(hard)}`);
  }
  return [...words, '--'];
}

function limit(value: number): string {
  return value === -1 ? 'unlimited' : String(value);
}
