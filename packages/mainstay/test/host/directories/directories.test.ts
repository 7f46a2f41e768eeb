import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { MainstayError } from '@mainstay/protocol';
import { removeRuntime, resolveDirectories } from '../../../src/host/directories.ts';
import { temporaryFolder } from '../log/kit/folder.ts';

test('directories are made, found again the same, and the runtime one goes', async (t) => {
  const stateDir = path.join(temporaryFolder(t), '.mainstay');
  const directories = resolveDirectories(stateDir);
  t.after(() => removeRuntime(directories));
  assert.deepEqual(resolveDirectories(path.join(stateDir, '..', '.mainstay')), directories);
  assert.equal(directories.state, stateDir);
  assert.match(directories.id, /^[0-9a-f]{12}$/);
  assert.equal(fs.statSync(stateDir).mode & 0o777, 0o700);
  assert.equal(fs.realpathSync(path.join(stateDir, 'run')), directories.runtime);
  assert.equal(fs.statSync(directories.runtime).mode & 0o066, 0, 'nobody else may look inside');
  await removeRuntime(directories);
  assert.equal(fs.existsSync(directories.runtime), false);
  assert.equal(fs.existsSync(directories.logs), true);
});

test('a state directory that cannot be made is refused in words', (t) => {
  const file = path.join(temporaryFolder(t), 'file');
  fs.writeFileSync(file, '');
  assert.throws(
    () => resolveDirectories(path.join(file, 'state')),
    (error) =>
      error instanceof MainstayError &&
      error.code === 'state-directory' &&
      /cannot use the state directory/.test(error.message),
  );
});
