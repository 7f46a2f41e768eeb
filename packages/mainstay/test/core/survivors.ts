/** Mutants that cannot be noticed, with the reason. */
import { BY_CHANCE, reachable } from '../sim/unreachable.ts';

/** These cells have no effects that could be lost: the mutant is the same program. */
export const UNSEEN_BY_LISTS: readonly string[] = [
  'life: starting × became-ready: has no effects',
  'life: stopping × start: has no effects',
  'life: stopping × restart: has no effects',
  'life: unkillable × start: has no effects',
  'life: unkillable × stop: has no effects',
  'life: unkillable × restart: has no effects',
  'restart: closed × reset: has no effects',
  'restart: counting × reset: has no effects',
  'restart: open × cooled: has no effects',
  'restart: open × reset: has no effects',
  'restart: trial × reset: has no effects',
  'health: idle × configured: has no effects',
  'watchdog: armed × ping: has no effects',
  'memory: under × measured: has no effects',
  'memory: over × reset: has no effects',
  'roll: forward × resume: has no effects',
  'roll: back × resume: has no effects',
  'check: idle × hold: has no effects',
  'remedy: idle × good: has no effects',
  'remedy: asking × good: has no effects',
  'remedy: asking × gap: has no effects',
  'remedy: doubting × good: has no effects',
  'remedy: doubting × gap: has no effects',
  'remedy: acting × done: has no effects',
  'remedy: resting × good: has no effects',
];

const REACHABLE = new Set(reachable());

/** Why the simulator, which knows nothing of cells, cannot notice a mutant; null: it can. */
export function unseenBySimulator(name: string): string | null {
  const cell = name.slice(0, name.lastIndexOf(': '));
  if (UNSEEN_BY_LISTS.includes(name)) return 'the mutant is the same program';
  if (!REACHABLE.has(cell)) return 'nothing visits the cell';
  if (BY_CHANCE.has(cell)) return 'no run has to visit the cell';
  return null;
}
