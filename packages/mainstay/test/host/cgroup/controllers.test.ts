/** Where limits can be set: what a group hands down, and where the groups of a unit of systemd are. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { detectGroups, findControllers, handDown, type CgroupMount } from '../../../src/host/cgroup/index.ts';

const root = mkdtempSync(join(tmpdir(), 'mainstay-controllers-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Plain files that look like a group. */
function group(name: string, files: Record<string, string>): string {
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  return directory;
}

test('what a group has, and does not hand down yet, is asked for; what it has not, is left alone', () => {
  const own = group('asked', { 'cgroup.controllers': 'cpuset memory\n', 'cgroup.subtree_control': '' });
  assert.deepEqual(handDown(`${own}/mainstay-x`), { names: ['memory'], why: null });
  assert.equal(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8'), '+memory');
  const handed = group('handed', { 'cgroup.controllers': 'cpu pids\n', 'cgroup.subtree_control': 'cpu pids\n' });
  assert.deepEqual(handDown(`${handed}/mainstay-x`).names, ['cpu', 'pids']);
  assert.equal(readFileSync(join(handed, 'cgroup.subtree_control'), 'utf8'), 'cpu pids\n');
});

test('a group that does not hand down says why', () => {
  const own = group('refused', { 'cgroup.controllers': 'memory\n' });
  const { names, why } = handDown(`${own}/mainstay-x`);
  assert.deepEqual(names, []);
  assert.equal(why, `the control group of the daemon (${own}) may not hand limits down (ENOENT)`);
});

test('a mixed machine uses version 1 for what version 2 does not have', () => {
  const unified = group('unified', { 'cgroup.controllers': 'pids\n', 'cgroup.subtree_control': 'pids\n' });
  const memory = group('memory', {});
  const v2: CgroupMount = { version: 2, controllers: [], root: '/', path: unified };
  const v1: CgroupMount = { version: 1, controllers: ['memory'], root: '/', path: memory };
  const tracking = { mount: v2, directory: `${unified}/mainstay-x` };
  const found = findControllers(tracking, [v2, v1], '4:memory:/\n0::/\n', (own) => `${own}/mainstay-x`);
  assert.equal(found.pids, tracking);
  assert.deepEqual(found.memory, { mount: v1, directory: `${memory}/mainstay-x` });
  assert.equal(found.cpu, null);
  assert.equal(found.why, 'the cpu controller is not available to this user');
});

test('beside the group that a unit keeps for the daemon', (t) => {
  const probe = detectGroups(`unit-${process.pid}`, 2);
  if (probe === null) return t.skip('no version 2 hierarchy can be used here');
  const { group: made } = probe.create('probe.0.1', null);
  const base = (made.birth ?? '').replace(/\/mainstay-unit-.*$/, '');
  made.remove();
  const unit = `${base}/mainstay-test-unit-${process.pid}`;
  mkdirSync(`${unit}/mainstay-daemon`, { recursive: true });
  try {
    const file = new URL('../../../src/host/cgroup/index.ts', import.meta.url).href;
    const text = `const { detectGroups } = await import(${JSON.stringify(file)});
      const { group } = detectGroups('x', 2).create('a.0.1', null);
      console.log(group.birth);
      group.remove();`;
    const shell = 'echo 0 >"$0/mainstay-daemon/cgroup.procs" && exec "$1" --input-type=module -e "$2"';
    const ran = spawnSync('/bin/sh', ['-c', shell, unit, process.execPath, text], { encoding: 'utf8' });
    assert.equal(ran.stdout, `${unit}/mainstay-x/a.0.1\n`, ran.stderr);
  } finally {
    rmdirSync(`${unit}/mainstay-daemon`);
    rmdirSync(unit);
  }
});
