import type { CheckRun, ObservationStatus } from '@mainstay/protocol';
import { perfdata, type Units } from './perfdata.ts';

/** What monitoring plugins call a result, and the exit code that says it. */
const ANSWERS: Readonly<Record<ObservationStatus, { word: string; code: number }>> = {
  pass: { word: 'OK', code: 0 },
  warn: { word: 'WARNING', code: 1 },
  fail: { word: 'CRITICAL', code: 2 },
  unknown: { word: 'UNKNOWN', code: 3 },
};

/** From the worst on. That one thing is not known is less than that another has failed. */
const ORDER: readonly ObservationStatus[] = ['fail', 'warn', 'unknown', 'pass'];

/** What all runs come to. */
export function worst(runs: readonly CheckRun[]): ObservationStatus {
  return ORDER.find((status) => runs.some((run) => run.status === status)) ?? 'unknown';
}

export function exitCodeOf(status: ObservationStatus): number {
  return ANSWERS[status].code;
}

/** What could not be asked at all. */
export function unknownLine(message: string, hint: string | null): string {
  return `MAINSTAY UNKNOWN - ${clean(message)}\n${hint === null ? '' : `try: ${hint}\n`}`;
}

/** One run as one line; several as a summary, a line for each, and the performance data of all after them. */
export function pluginText(runs: readonly CheckRun[], units: Units): string {
  const [only, second] = runs;
  if (only !== undefined && second === undefined) {
    const { word } = ANSWERS[only.status];
    return `${only.kind.toUpperCase()} ${word} - ${clean(only.message)} | ${perfdata(only, units)}\n`;
  }
  const data = runs.map((run) => perfdata(run, units, `${run.name}.`));
  return [
    `MAINSTAY ${ANSWERS[worst(runs)].word} - ${summary(runs)}`,
    ...runs.map(({ name, status, message }) => `[${ANSWERS[status].word}] ${name}: ${clean(message)}`),
    `| ${data.join('\n')}`,
    '',
  ].join('\n');
}

/** `redis is CRITICAL, site is WARNING, 3 of 5 are OK`. */
function summary(runs: readonly CheckRun[]): string {
  const bad = ORDER.filter((status) => status !== 'pass').flatMap((status) => {
    const names = runs.filter((run) => run.status === status).map(({ name }) => name);
    if (names.length === 0) return [];
    return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ${ANSWERS[status].word}`;
  });
  const good = runs.filter(({ status }) => status === 'pass').length;
  return [...bad, good === runs.length ? `all ${good} are OK` : `${good} of ${runs.length} are OK`].join(', ');
}

/** A vertical bar begins the performance data. */
function clean(message: string): string {
  return message.replaceAll('|', '/');
}
