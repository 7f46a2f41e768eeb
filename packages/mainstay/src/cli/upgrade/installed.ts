/** Installations of mainstay on this machine, and what they say of themselves. */
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MainstayError } from '@mainstay/protocol';

export interface Description {
  version: string;
  /** Format of the store that it writes. */
  schema: number;
}

const DESCRIBE_MS = 30_000;

/**
 * Asks a daemon's program what it is. That it can answer is the first test of an installation.
 *
 * @throws MainstayError `upgrade-failed` when it cannot; nothing was touched
 */
export function describe(node: string, entry: string): Promise<Description> {
  return new Promise((fulfil, reject) => {
    execFile(node, [entry, '--describe'], { timeout: DESCRIBE_MS, cwd: '/' }, (error, stdout, stderr) => {
      try {
        if (error !== null) throw error;
        fulfil(JSON.parse(stdout) as Description);
      } catch (cause) {
        const why = /^\w*Error\b.*/m.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? '';
        const said = why === '' ? 'it does not answer' : why;
        reject(
          new MainstayError('upgrade-failed', `cannot use ${entry}: ${said}; nothing was touched`, 'install it again', {
            cause,
          }),
        );
      }
    });
  });
}

/**
 * The command of the installation that a path means: its `bin/mainstay.cjs`, its folder, or the prefix it was installed into.
 *
 * @throws MainstayError `usage` when there is none
 */
export function installationAt(given: string, cwd: string): string {
  const path = resolve(cwd, given);
  const candidates = [
    '',
    'bin/mainstay.cjs',
    'node_modules/mainstay/bin/mainstay.cjs',
    'lib/node_modules/mainstay/bin/mainstay.cjs',
  ];
  for (const candidate of candidates) {
    const file = join(path, candidate);
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  throw new MainstayError(
    'usage',
    `cannot find mainstay in ${given}`,
    'the folder it was installed into, or its bin/mainstay.cjs',
  );
}
