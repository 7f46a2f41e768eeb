import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadNative } from '../../../src/host/native/index.ts';
import { temporaryFolder } from './kit/folder.ts';

const PROGRAM = path.join(import.meta.dirname, 'kit', 'as-user.ts');
const NOBODY = 65534;

test('without being root: everything is in the state directory, and capture is as safe', async (t) => {
  const folder = fs.realpathSync(temporaryFolder(t));
  const root = process.getuid?.() === 0;
  if (root) fs.chownSync(folder, NOBODY, NOBODY);
  const user = root ? { uid: NOBODY, gid: NOBODY } : {};
  if (spawnSync('head', ['-c1', PROGRAM], user).status !== 0) return t.skip('another user cannot read this checkout');
  const state = path.join(folder, 'state');
  const ran = spawnSync(process.execPath, [PROGRAM, state], { cwd: folder, encoding: 'utf8', ...user });
  assert.equal(ran.status, 0, ran.stderr);
  const found = JSON.parse(ran.stdout) as Record<string, unknown>;
  assert.equal(found.runtime, path.join(state, 'run'));
  assert.equal(found.log, 'captured\n');
  assert.equal(found.durableCapture, (await loadNative()) !== null);
  assert.deepEqual(found.problems, []);
  assert.equal(fs.statSync(path.join(state, 'run')).mode & 0o777, 0o700);
});
