/** Cells of the tables that nothing can visit, with the reason. Cells that are `impossible` need none. */
import { TABLES } from '../../src/core/coordinator/index.ts';

const WAITING_ONLY = 'only what waits is told that it is held';
const WATCHED_ONLY = 'watches end with the phases that they watch';

export const UNREACHABLE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'stopped',
      'starting',
      'running',
      'ready',
      'stopping',
      'backoff',
      'cooldown',
      'fatal',
      'unkillable',
      'completed',
    ].map((phase) => [`life: ${phase} × held`, WAITING_ONLY]),
  ),
  ...Object.fromEntries(
    ['stopped', 'waiting', 'starting', 'stopping', 'backoff', 'cooldown', 'fatal', 'unkillable', 'completed'].map(
      (phase) => [`life: ${phase} × hung`, WATCHED_ONLY],
    ),
  ),
  ...Object.fromEntries(
    ['pending', 'pass', 'warn', 'fail', 'unknown'].map((name) => [
      `check: ${name} × begin`,
      'only what is held begins',
    ]),
  ),
  ...Object.fromEntries(
    ['running', 'ready', 'stopping', 'unkillable'].map((phase) => [
      `life: ${phase} × appeared`,
      'while one is known to live no other is told of before its end',
    ]),
  ),
  'check: idle × observed': 'the answer to a run that is no longer wanted is turned away before',
  'life: starting × exited': 'the end of a program is not told before its start',
  'life: unkillable × spawned': 'a start is answered long before a kill is given up',
  'life: unkillable × spawn-failed': 'a start is answered long before a kill is given up',
  'health: idle × observed': 'a probe that is no longer wanted answers nobody',
  'health: idle × stopped': 'an instance is watched from the moment it is up',
};

/** What comes just while an answer is on its way, or a failure is half confirmed: no run has to meet it. The lists of cells do. */
export const BY_CHANCE: ReadonlySet<string> = new Set(
  ['asking', 'doubting', 'acting', 'watching', 'resting'].flatMap((name) =>
    ['asked', 'gap', 'good'].map((event) => `remedy: ${name} × ${event}`),
  ),
);

/** Every cell that can be visited. */
export function reachable(): string[] {
  const cells: string[] = [];
  for (const [machine, table] of Object.entries(TABLES)) {
    for (const [state, row] of Object.entries(table as Record<string, Record<string, unknown>>)) {
      for (const [event, cell] of Object.entries(row)) {
        const name = `${machine}: ${state} × ${event}`;
        if (!isImpossible(cell) && !(name in UNREACHABLE)) cells.push(name);
      }
    }
  }
  return cells;
}

function isImpossible(cell: unknown): boolean {
  if (typeof cell !== 'object' || cell === null) return false;
  return 'impossible' in cell || ('kind' in cell && cell.kind === 'impossible');
}
