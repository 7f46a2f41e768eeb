/** Accounts for the lines of `programs/logger.mjs`: each exactly once, whole, in order. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The filling goes by the number. */
const lineOf = (name: string, run: string, number: number): string =>
  `${name} ${run} ${number} ${'x'.repeat(number % 500 === 0 ? 20_000 : 40 - (number % 40))}`;

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
  const runs = new Map<string, number>();
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(`${name}.`)) continue;
    runs.set(file.slice(name.length + 1), Number(readFileSync(join(folder, file), 'latin1')));
  }
  const reached = new Map<string, number>();
  const torn = new Set<string>();
  const problems: string[] = [];
  for (const line of log.split('\n').slice(0, -1)) {
    const [who = '', run = '', number = ''] = line.split(' ', 3);
    const at = Number(number);
    const before = reached.get(run) ?? 0;
    if (who !== name || line !== lineOf(name, run, at)) {
      // A run that is killed while it writes leaves the beginning of its next line.
      const ended = [...runs.keys()].find(
        (one) => !torn.has(one) && lineOf(name, one, (reached.get(one) ?? 0) + 1).startsWith(line),
      );
      if (ended === undefined) problems.push(`${name}: not a line of it: ${line.slice(0, 100)}`);
      else torn.add(ended);
    } else {
      if (torn.has(run)) problems.push(`${name}: run ${run} goes on after a torn line`);
      if (at !== before + 1) problems.push(`${name}: ${at} of run ${run} comes after ${before}`);
      reached.set(run, at);
    }
  }
  if (log !== '' && !log.endsWith('\n')) problems.push(`${name}: the last line is not whole`);
  for (const [run, written] of runs) {
    const logged = reached.get(run) ?? 0;
    if (logged !== written && logged !== written + 1)
      problems.push(`${name}: run ${run} wrote ${written} lines, ${logged} are in the log`);
  }
  for (const run of reached.keys()) {
    if (!runs.has(run)) problems.push(`${name}: lines of an unknown run ${run}`);
  }
  const lines = [...reached.values()].reduce((sum, one) => sum + one, 0);
  return { lines, runs: runs.size, problems: problems.slice(0, 20) };
}
