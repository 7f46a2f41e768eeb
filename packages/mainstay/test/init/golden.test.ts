/**
 * Every folder test/golden/init/FORMAT/NN-name holds the input of `mainstay init --from` (its file
 * `from` names what is read when it is not the only known file), the expected mainstay.yaml and the
 * expected notes; or, for input that must be refused, the expected error. `UPDATE=1` rewrites them.
 * Programs have `.input` after their names, so that nothing takes them for part of this one.
 */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MainstayError } from '@mainstay/protocol';
import { renderInit, runInit } from '../../src/cli/init/index.ts';

const GOLDEN = join(import.meta.dirname, '../../../../test/golden/init');
const EXPECTED = ['expected.yaml', 'expected.notes.txt', 'expected.error.txt', 'from'];
const update = process.env.UPDATE === '1';

/** Copies the input into a folder of its own and runs `mainstay init` there. */
async function run(folder: string, name: string): Promise<Record<string, string>> {
  const scratch = mkdtempSync(join(tmpdir(), 'mainstay-init-'));
  try {
    const directory = join(scratch, name);
    mkdirSync(directory);
    cpSync(folder, directory, {
      recursive: true,
      filter: (path) => !EXPECTED.some((file) => path.endsWith(`/${file}`)),
    });
    for (const file of readdirSync(directory).filter((entry) => entry.endsWith('.input'))) {
      renameSync(join(directory, file), join(directory, file.slice(0, -'.input'.length)));
    }
    const from = existsSync(join(folder, 'from')) ? readFileSync(join(folder, 'from'), 'utf8').trim() : '.';
    const result = await runInit({ directory, from });
    assert.equal(
      readFileSync(join(directory, 'mainstay.yaml'), 'utf8'),
      result.text,
      'what is written is what is returned',
    );
    return {
      'expected.yaml': result.text,
      'expected.notes.txt': renderInit({ ...result, written: null }, 100),
    };
  } catch (error) {
    if (!(error instanceof MainstayError)) throw error;
    return {
      'expected.error.txt': `${error.message}\n${error.hint === null ? '' : `  try: ${error.hint}\n`}`.replaceAll(
        scratch,
        '',
      ),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

for (const format of readdirSync(GOLDEN).sort()) {
  const names = readdirSync(join(GOLDEN, format)).sort();
  test(`${format} has at least eight golden inputs`, () => assert.ok(names.length >= 8, `${names.length}`));
  for (const name of names) {
    test(`init --from ${format}/${name}`, async () => {
      const folder = join(GOLDEN, format, name);
      const actual = await run(folder, name);
      for (const file of ['expected.yaml', 'expected.notes.txt', 'expected.error.txt']) {
        const path = join(folder, file);
        if (update) {
          if (actual[file] === undefined) rmSync(path, { force: true });
          else writeFileSync(path, actual[file]);
        }
        const expected = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
        assert.equal(actual[file], expected, `${format}/${name}/${file}`);
      }
    });
  }
}
