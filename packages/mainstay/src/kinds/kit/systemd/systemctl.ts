import { execFile } from 'node:child_process';
import { oneLine } from '../observe.ts';

/** What `systemctl` answers: its text, or why there is none. */
export type Answer = { text: string } | { why: string };

/** Runs `systemctl` with these words. `user`: for the systemd of the user, not for the machine's. */
export function systemctl(
  words: readonly string[],
  user: boolean,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Answer> {
  const options = {
    cwd: '/',
    env: { ...environment, LC_ALL: 'C', SYSTEMD_COLORS: '0' },
    signal,
    killSignal: 'SIGKILL' as const,
  };
  return new Promise((resolve) => {
    execFile('systemctl', [...(user ? ['--user'] : []), ...words], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ text: stdout });
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return resolve({ why: 'this machine has no systemctl' });
      }
      resolve({ why: `systemctl: ${oneLine(stderr === '' ? error.message : stderr, 200)}` });
    });
  });
}

/** The words that ask for properties of a unit. */
export const showWords = (unit: string, properties: readonly string[]): string[] => [
  'show',
  '--no-pager',
  `--property=${properties.join(',')}`,
  '--',
  unit,
];
