/** Every cell of every table, wrong in one way at a time. */
import { TABLES, type Tables } from '../../src/core/coordinator/index.ts';
import { ignore, impossible } from '../../src/core/machine/index.ts';

export interface Mutant {
  name: string;
  tables: Tables;
}

type AnyCell = unknown;
type Run = (state: unknown, ...rest: unknown[]) => { state: unknown; effects: unknown[] };

/** All mutants, in a fixed order. */
export function mutants(): Mutant[] {
  const all: Mutant[] = [];
  for (const [machine, table] of Object.entries(TABLES)) {
    const rows = table as unknown as Record<string, Record<string, AnyCell>>;
    for (const [state, row] of Object.entries(rows)) {
      for (const [event, cell] of Object.entries(row)) {
        for (const [what, wrong] of Object.entries(machine === 'health' ? wrongHealth(cell) : wrongs(cell))) {
          const changed = { ...rows, [state]: { ...row, [event]: wrong } };
          all.push({
            name: `${machine}: ${state} × ${event}: ${what}`,
            tables: { ...TABLES, [machine]: changed } as Tables,
          });
        }
      }
    }
  }
  return all;
}

function wrongs(cell: AnyCell): Record<string, AnyCell> {
  if (typeof cell === 'function') {
    const run = cell as Run;
    return {
      'is ignored': ignore('mutant'),
      'changes nothing': (state: unknown) => ({ state, effects: [] }),
      'has no effects': (...given: Parameters<Run>) => ({ state: run(...given).state, effects: [] }),
    };
  }
  const ignored = typeof cell === 'object' && cell !== null && 'ignore' in cell;
  return ignored ? { 'is impossible': impossible('mutant') } : { 'is ignored': ignore('mutant') };
}

interface HealthCell {
  kind: 'go' | 'ignore' | 'impossible';
  reason?: string;
  run?: Run;
}

function wrongHealth(cell: AnyCell): Record<string, AnyCell> {
  const { kind, run } = cell as HealthCell;
  const nothing: Run = (state) => ({ state, effects: [] });
  if (kind === 'ignore') return { 'is impossible': { kind: 'impossible', reason: 'mutant', run: nothing } };
  const ignored = { kind: 'ignore', reason: 'mutant' };
  if (kind === 'impossible' || run === undefined) return { 'is ignored': ignored };
  return {
    'is ignored': ignored,
    'has no effects': {
      ...(cell as HealthCell),
      run: (...given: Parameters<Run>) => ({ ...run(...given), effects: [] }),
    },
  };
}
