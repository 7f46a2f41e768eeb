import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const KEPT = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ']);

/**
 * The daemon's environment: little of the caller's shell, so that what runs does not depend on who
 * started it; mainstay's own settings (`MAINSTAY_…`); and `extra`, the variables of mainstay.yaml that only the shell had.
 */
export function daemonEnvironment(env: Environment, extra: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (KEPT.has(name) || name.startsWith('MAINSTAY_'))) kept[name] = value;
  }
  return { ...compileCache(env), ...kept, ...extra };
}

/**
 * Where Node keeps what it compiled: a daemon that comes back is there in a third of the time. In the user's own
 * directory, never in a shared one, where somebody else could have put code for us to run.
 */
function compileCache(env: Environment): Record<string, string> {
  const home = env['XDG_CACHE_HOME'] ?? (env['HOME'] === undefined ? undefined : join(env['HOME'], '.cache'));
  return home === undefined || !isAbsolute(home) ? {} : { NODE_COMPILE_CACHE: join(home, 'mainstay') };
}
