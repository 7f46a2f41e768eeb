/** `mainstay keys` and the file it keeps. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseKeys } from '../../src/core/access/index.ts';
import { projectDirectory } from './support/fake-daemon.ts';
import { mainstay } from './support/terminal.ts';

const FILE = 'services: { web: { command: [sleep, "1"] } }\napi: { listen: "0.0.0.0:7070" }\n';

function project() {
  const made = projectDirectory();
  writeFileSync(join(made.directory, 'mainstay.yaml'), FILE);
  const run = (...argv: string[]) =>
    mainstay(argv, { cwd: made.directory, env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' } });
  const text = (): string => readFileSync(join(made.directory, 'keys'), 'utf8');
  return { ...made, run, text, [Symbol.dispose]: () => made[Symbol.dispose]() };
}

test('a key is shown once; what is kept is its hash, readable by nobody else', async () => {
  using made = project();
  const added = await made.run('keys', 'add', 'grafana');
  assert.equal(added.code, 0, added.err);
  const key = added.out.trim();
  assert.match(key, /^mainstay_[\w-]{43}$/);
  assert.ok(!made.text().includes(key));
  const [kept] = parseKeys(made.text()).keys;
  assert.deepEqual(
    [kept?.name, kept?.scope, kept?.hash],
    ['grafana', 'read', createHash('sha256').update(key).digest('hex')],
  );
  assert.equal(statSync(join(made.directory, 'keys')).mode & 0o777, 0o600);
  const other = await made.run('keys', 'add', 'deploy', '--scope', 'control', '--json');
  const { key: second, ...said } = JSON.parse(other.out) as { key: string };
  assert.deepEqual(said, { name: 'deploy', scope: 'control' });
  assert.notEqual(second, key);
  const listed = await made.run('keys');
  assert.match(listed.out, /grafana +read +20\d\d-.*\ndeploy +control /);
  assert.ok(![listed.out, made.text()].some((text) => text.includes(second)));
});

test('keys that are added at the same time are all kept; one that is removed is gone', async () => {
  using made = project();
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(names.map((name) => made.run('keys', 'add', name)));
  assert.deepEqual(
    parseKeys(made.text())
      .keys.map(({ name }) => name)
      .toSorted(),
    names,
  );
  assert.equal((await made.run('keys', 'remove', 'c')).code, 0);
  assert.deepEqual(
    parseKeys(made.text())
      .keys.map(({ name }) => name)
      .toSorted(),
    ['a', 'b', 'd', 'e'],
  );
  assert.equal(statSync(join(made.directory, 'keys')).mode & 0o777, 0o600);
});

test('what makes no sense is refused', async () => {
  using made = project();
  await made.run('keys', 'add', 'grafana');
  const cases: [string[], number, RegExp][] = [
    [['keys', 'add', 'grafana'], 1, /there is a key of that name/],
    [['keys', 'remove', 'grafna'], 1, /no key of that name[^]*remove grafana/],
    [['keys', 'add'], 2, /no name is given/],
    [['keys', 'add', 'two words'], 2, /"two words" is no name/],
    [['keys', 'add', 'a', 'b'], 2, /one at a time/],
    [['keys', 'add', 'a', '--scope', 'write'], 2, /write/],
    [['keys', 'rotate'], 2, /it is add, list or remove/],
  ];
  for (const [argv, code, message] of cases) {
    const ran = await made.run(...argv);
    assert.equal(ran.code, code, `${argv.join(' ')}: ${ran.err}`);
    assert.match(ran.err, message);
  }
  writeFileSync(join(made.directory, 'keys'), 'nonsense\n');
  assert.match((await made.run('keys')).err, /keys:1: the line is no key/);
  writeFileSync(join(made.directory, 'mainstay.yaml'), 'services: { web: { command: [sleep, "1"] } }\n');
  assert.match((await made.run('keys')).err, /mainstay\.yaml has no api/);
});

test('beyond this machine nobody is answered before there is a key', async () => {
  using made = project();
  const before = await made.run('config');
  assert.equal(before.code, 2);
  assert.match(
    before.err,
    /api\.listen: reaches beyond this machine, which needs keys, and there are none in .*\/keys/,
  );
  await made.run('keys', 'add', 'grafana');
  const after = await made.run('config');
  assert.equal(after.code, 0, after.err);
  assert.match(after.out, /api:\n {2}listen: 0\.0\.0\.0:7070\n/);
});
