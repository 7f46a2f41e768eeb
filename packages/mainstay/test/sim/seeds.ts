/** Seeds of random runs: printed, repeatable, and kept when they fail, so that they are run first ever after. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('../../../../test/seeds/', import.meta.url);

/** The seed of this run: `SEED`, or a fresh one. */
export const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));

/** Seeds that failed once, for a kind of run. */
export function keptSeeds(kind: string): { seed: number; faults: number }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.startsWith(`${kind}-`) && name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as { seed: number; faults: number });
}

/** Keeps a seed that failed. */
export function keepSeed(kind: string, seed: number, faults: number, why: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${kind}-${seed}.json`, FOLDER), `${JSON.stringify({ seed, faults, why }, null, 2)}\n`);
}

/** What to type to see a run step by step. */
export function traceCommand(seed: number, faults: number): string {
  return `node packages/mainstay/test/sim/trace.ts ${seed} ${faults}`;
}
