// Rolling reload behind nginx while wrk asks. `npm run campaign rolling` does so many times.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Balanced } from '../support/rolling.ts';

test('a new version, and then bad ones that are rolled back: no request fails', { timeout: 280_000 }, async (t) => {
  const web = await Balanced.make(2, (line) => t.diagnostic(line));
  const { system } = web;
  t.after(() => web.end());
  await system.succeeds('up', '-d');
  const before = await system.pids();
  web.startLoad();

  web.write('2');
  assert.match(await system.succeeds('reload', 'web'), /web\/1 .*ready[\s\S]*reloaded/);
  assert.deepEqual(await web.versions(), ['2']);
  const second = await system.pids();
  assert.notEqual(second['web/0'], before['web/0']);
  assert.notEqual(second['web/1'], before['web/1']);
  assert.equal(second['nginx/0'], before['nginx/0'], 'dependents are left alone');

  web.write('3', 'exits');
  const said = await system.fails(1, 'reload', 'web');
  assert.match(said, /reload rolled back; the old plan stays: exit code 3/);
  assert.match(said, /\| version 3 cannot start: no such setting/);
  assert.deepEqual(await web.versions(), ['2']);
  assert.equal((await system.pids())['web/1'], second['web/1'], 'those that were not replaced yet are left alone');

  web.write('4', 'silent');
  const { code, stdout } = await system.mainstay('reload', 'web', '--json');
  const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { name: string; message: string }[] };
  assert.deepEqual([code, ok, problems.map(({ name }) => name)], [1, false, ['web']]);
  assert.match(problems[0]?.message ?? '', /not ready within 3 s/);
  assert.deepEqual(await web.versions(), ['2']);

  // `apply` goes the same way, and changes nothing else when that fails.
  web.write('5', 'exits');
  assert.match(await system.fails(1, 'apply'), /reload rolled back[\s\S]*nothing else was changed/);
  assert.deepEqual(await web.versions(), ['2']);
  web.write('6');
  assert.match(await system.succeeds('apply'), /web\/0 .*ready[\s\S]*web\/1 .*ready[\s\S]*is as mainstay.yaml says/);
  assert.deepEqual(await web.versions(), ['6']);

  assert.match(await system.succeeds('reload', 'web'), /reloaded/, 'an unchanged file: a rolling restart');
  const { requests, failed, text } = await web.stopLoad();
  t.diagnostic(`${requests} requests`);
  assert.equal(failed, 0, text);

  const third = await system.pids();
  assert.match(await system.succeeds('reload', 'nginx'), /nginx: one instance; there is a gap/);
  const last = await system.pids();
  assert.notEqual(last['nginx/0'], third['nginx/0']);
  assert.equal(last['web/0'], third['web/0']);
  await system.down();
});
