import { oneLine } from '../index.ts';

/** What is asked of `systemctl show`, which prints `Name=value` for each (org.freedesktop.systemd1(5)). */
export const PROPERTIES = [
  'LoadState',
  'LoadError',
  'ActiveState',
  'SubState',
  'Result',
  'Type',
  'NRestarts',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainExitTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
] as const;

/** What is asked besides of a unit that runs a service. */
export const MORE_PROPERTIES = [
  'InvocationID',
  'MainPID',
  'Restart',
  'Job',
  'ExecMainStartTimestampMonotonic',
] as const;

const KNOWN: readonly string[] = [...PROPERTIES, ...MORE_PROPERTIES];

export type Unit = Readonly<Partial<Record<(typeof PROPERTIES)[number] | (typeof MORE_PROPERTIES)[number], string>>>;

export function parseUnit(text: string): Unit {
  const pairs = text.split('\n').map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== undefined && KNOWN.includes(name)));
}

/** `code=exited`, as the C library numbers it in siginfo. */
const EXITED = '1';

/** What is wrong with a unit, and how bad that is; null when nothing is. */
export function troubleOf(unit: Unit): { status: 'warn' | 'fail'; text: string } | null {
  const { LoadState: load, ActiveState: active, SubState: sub = '', Result: result = 'success' } = unit;
  const fail = (text: string): { status: 'fail'; text: string } => ({ status: 'fail', text });
  if (load === 'not-found') return fail('there is no such unit');
  if (load === 'masked') return fail('is masked: it cannot be started');
  if (load !== 'loaded') return fail(`could not be read (${load}) ${oneLine(unit.LoadError ?? '', 120)}`.trimEnd());
  if (sub === 'auto-restart') return fail(`waits to be restarted: ${ended(unit)}`);
  if (active === 'active' || active === 'reloading') return null;
  if (active === 'failed') return fail(`has failed: ${ended(unit)}`);
  if (active === 'activating' || active === 'deactivating') {
    // One that runs and ends is activating for as long as it runs.
    if (active === 'activating' && unit.Type === 'oneshot') return null;
    return { status: 'warn', text: `is being ${active === 'activating' ? 'started' : 'stopped'} (${sub})` };
  }
  const hasRun = Number(unit.ExecMainExitTimestampMonotonic ?? 0) > 0;
  if (unit.Type === 'oneshot' && hasRun && result === 'success') return null;
  return fail(unit.Type === 'oneshot' ? 'has not run since the machine was started' : 'is stopped');
}

function ended({ Result: result = '', ExecMainCode: code, ExecMainStatus: status = '0' }: Unit): string {
  if (result === 'exit-code' || (result === 'success' && code === EXITED)) return `ended with exit code ${status}`;
  return result === 'signal' ? `ended by signal ${status}` : result;
}
