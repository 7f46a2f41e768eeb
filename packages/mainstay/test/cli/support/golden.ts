import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../../../', import.meta.url);

/** Compares with a file of the repository; UPDATE=1 rewrites it. */
export function matchesFile(path: string, actual: string): void {
  const file = fileURLToPath(new URL(path, ROOT));
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.equal(actual, readFileSync(file, 'utf8'), `${path} is not up to date; UPDATE=1 rewrites it`);
}
