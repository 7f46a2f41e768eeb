import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { Surroundings } from './types.ts';

/** The files of this machine. `from` is where the person is: messages name paths relative to it. */
export function surroundings(from: string, target: string): Surroundings {
  const label = (path: string) => {
    const near = relative(from, path);
    return near === '' || near.startsWith('..') ? path : near;
  };
  const unlessMissing = <T>(path: string, otherwise: T, act: () => T): T => {
    try {
      return act();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return otherwise;
      throw new MainstayError(
        'config',
        `cannot read ${label(path)}: ${code || String(error)}`,
        'check its permissions',
      );
    }
  };
  return {
    target,
    label,
    read: (path) => unlessMissing<string | null>(path, null, () => readFileSync(path, 'utf8')),
    list: (path) => unlessMissing<string[]>(path, [], () => readdirSync(path).sort()),
  };
}
