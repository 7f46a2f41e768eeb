/** Accounts for the lines of `programs/logger.mjs`: each exactly once, whole, in order. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The length of the filling goes by the number. */
const FILLING = 40;

export interface Account {
  lines: number;
  runs: number;
  /** One line each; empty when every line is there exactly once and in order. */
  problems: string[];
}

/**
 * Compares a log with the counts that the program kept.
 * @param log of one service, over all rotations
 * @param folder where the program keeps its counts
 */
export function account(name: string, log: string, folder: string): Account {
  const reached = new Map<string, number>();
  const problems: string[] = [];
  for (const line of log.split('\n').slice(0, -1)) {
    const [who, run = '', number = '', filling = '', ...more] = line.split(' ');
    const at = Number(number);
    const whole = who === name && more.length === 0 && filling === 'x'.repeat(FILLING - (at % FILLING));
    const before = reached.get(run) ?? 0;
    if (!whole) problems.push(`${name}: not a line of it: ${line.slice(0, 100)}`);
    else if (at !== before + 1) problems.push(`${name}: ${at} of run ${run} comes after ${before}`);
    if (whole) reached.set(run, at);
  }
  if (log !== '' && !log.endsWith('\n')) problems.push(`${name}: the last line is not whole`);
  const runs = readdirSync(folder).filter((file) => file.startsWith(`${name}.`));
  for (const file of runs) {
    const run = file.slice(name.length + 1);
    const written = Number(readFileSync(join(folder, file), 'latin1'));
    const logged = reached.get(run) ?? 0;
    if (logged !== written && logged !== written + 1)
      problems.push(`${name}: run ${run} wrote ${written} lines, ${logged} are in the log`);
  }
  for (const run of reached.keys()) {
    if (!runs.includes(`${name}.${run}`)) problems.push(`${name}: lines of an unknown run ${run}`);
  }
  return {
    lines: [...reached.values()].reduce((sum, one) => sum + one, 0),
    runs: runs.length,
    problems: problems.slice(0, 20),
  };
}
