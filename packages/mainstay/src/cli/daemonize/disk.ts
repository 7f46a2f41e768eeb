import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MainstayError } from '@mainstay/protocol';

const PATIENCE_MS = 5000;

/**
 * Finds out whether a disk takes writes, in another process: whoever waits for a frozen disk cannot even be killed.
 * @throws MainstayError `state-directory` when it does not answer within 5 s; what else is wrong with it shows later
 */
export async function diskAnswers(stateDir: string): Promise<void> {
  let directory = stateDir;
  while (!existsSync(directory) && directory !== dirname(directory)) directory = dirname(directory);
  // Changes nothing but the time of the directory, and that only if this user may.
  const touch = spawn('touch', ['-m', '--', directory], { stdio: 'ignore', detached: true });
  const answered = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    touch.once('exit', done);
    touch.once('error', done);
  });
  touch.unref();
  if (answered === true) return;
  throw new MainstayError(
    'state-directory',
    `cannot use ${stateDir}: its disk does not answer`,
    'look at what the disk waits for (dmesg, mount), or choose another with --state-dir',
  );
}
