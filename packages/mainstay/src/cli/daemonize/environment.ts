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
  return { ...kept, ...extra };
}
