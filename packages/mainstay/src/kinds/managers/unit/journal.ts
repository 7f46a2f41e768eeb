import { spawn } from 'node:child_process';
import { oneLine } from '../../kit/observe.ts';
import type { Environment } from './index.ts';

/** The longest line of the journal that is waited for, bytes: it cuts its own fields long before. */
const MOST_OF_A_LINE = 64 * 1_048_576;

/** An entry of the journal as `journalctl -o json` prints it: text, or bytes where it is none. */
export type Entry = Readonly<Record<string, string | number[] | null | undefined>>;

/** Follows the journal: entries in the order in which they come, many at a time. Throws when it cannot be read on. */
export async function* followJournal(
  words: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): AsyncGenerator<Entry[]> {
  signal.throwIfAborted();
  const child = spawn('journalctl', ['--no-pager', '--output=json', '--follow', '--all', ...words], {
    cwd: '/',
    env: { ...environment, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): unknown => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  let failure = '';
  child.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ENOENT' ? 'this machine has no journalctl' : error.message;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure = `${failure}${text}`.slice(-1000);
  });
  try {
    let rest = '';
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MOST_OF_A_LINE) throw new Error('an entry of the journal is too long');
      const entries = lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
      if (entries.length > 0) yield entries;
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
  throw new Error(`the journal cannot be followed: ${failure === '' ? 'it ended' : oneLine(failure, 200)}`);
}
