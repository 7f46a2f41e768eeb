import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mainstay } from './support/terminal.ts';

function emptyDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'mainstay-cli-init-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('init writes a file that config accepts, and never over another one', async () => {
  using directory = emptyDirectory();
  const options = { cwd: directory.path, env: { PATH: process.env['PATH'] ?? '' } };
  const first = await mainstay(['init'], options);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /Wrote mainstay\.yaml\./);
  assert.equal((await mainstay(['config'], options)).code, 0);
  const again = await mainstay(['init'], options);
  assert.equal(again.code, 1);
  assert.match(again.err, /^mainstay: cannot .*mainstay\.yaml.*\n {2}try: .*--force/);
  assert.equal((await mainstay(['init', '--force'], options)).code, 0);
});

test('init --from --stdout prints the file alone; what was not carried over goes to standard error', async () => {
  using directory = emptyDirectory();
  writeFileSync(join(directory.path, 'Procfile'), 'web: node web.js\nrelease: node migrate.js | tee log\n');
  const options = { cwd: directory.path };
  const { code, out, err } = await mainstay(['init', '--from', 'Procfile', '--stdout'], options);
  assert.equal(code, 0);
  assert.match(out, /^services:$/m);
  assert.match(err, /Procfile:2/);
  const json = JSON.parse((await mainstay(['init', '--from', 'Procfile', '--json', '-f', 'x.yaml'], options)).out) as {
    text: string;
    written: string;
  };
  assert.equal(json.written, 'x.yaml');
  assert.equal(readFileSync(join(directory.path, 'x.yaml'), 'utf8'), json.text);
});
