import type { FollowedLine } from '../../../ports/index.ts';
import type { Environment } from './index.ts';
import { followJournal, type Entry } from './journal.ts';

/** Syslog's priorities up to this one are errors (syslog(3)): warning. */
const WARNING = 4;
const FIELDS = 'MESSAGE,PRIORITY,_SOURCE_REALTIME_TIMESTAMP';

/** Reads what the processes of a unit write, and what is written in their name, behind a place: a cursor of the journal, or `@seconds`. */
export async function readLines(
  name: string,
  user: boolean,
  environment: Environment,
  from: string,
  take: (lines: readonly FollowedLine[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const place = from.startsWith('@') ? `--since=${from}` : `--after-cursor=${from}`;
  const match = `${user ? '_SYSTEMD_USER_UNIT' : '_SYSTEMD_UNIT'}=${name}`;
  const words = ['--no-tail', place, `--output-fields=${FIELDS}`, match];
  for await (const entries of followJournal(words, environment, signal)) {
    await take(entries.flatMap(linesOf));
  }
}

/** An entry may hold several lines. */
function linesOf(entry: Entry): FollowedLine[] {
  const { MESSAGE: message, PRIORITY: priority, __CURSOR: cursor, __REALTIME_TIMESTAMP: at } = entry;
  if (message === null || message === undefined || typeof cursor !== 'string') return [];
  const bytes = typeof message === 'string' ? Buffer.from(message, 'utf8') : Buffer.from(message);
  const time = Math.floor(Number(at ?? 0) / 1000);
  const stream = Number(priority ?? 6) <= WARNING ? 'err' : 'out';
  const texts: Buffer[] = [];
  for (let start = 0; start <= bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    texts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return texts.map((text) => ({ text, stream, time, cursor, partial: false }));
}
