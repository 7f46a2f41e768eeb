/** Control groups of both versions on this machine, with real processes. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, describe, it } from 'node:test';
import { detectGroups } from '../../../src/host/cgroup/index.ts';
import { until } from '../process/kit.ts';

for (const version of [2, 1] as const) {
  const groups = detectGroups(`test-${process.pid}-v${version}`, version);
  const skip = groups === null ? `no version ${version} hierarchy can be used here` : false;
  describe(`control groups of version ${version}`, { skip }, () => {
    const children: ChildProcess[] = [];
    after(() => groups?.close());
    const join = (procs: string): ChildProcess => {
      const child = spawn('/bin/sh', ['-c', 'echo 0 >"$0"; sleep 1000 & exec sleep 1000', procs], { stdio: 'ignore' });
      children.push(child);
      return child;
    };

    it('hold what joins them and its children, also in groups below', async () => {
      assert.ok(groups !== null);
      const group = groups.create('app.0.1', null).group;
      assert.ok(group.empty());
      assert.deepEqual(group.members(), []);
      const child = join(group.join[0] ?? '');
      await until('two members', () => group.members().length === 2);
      assert.ok(group.members().includes(child.pid ?? 0));
      assert.equal(group.empty(), false);
      assert.deepEqual(groups.list(), ['app.0.1']);
      assert.equal(groups.of(child.pid ?? 0)?.name, 'app.0.1');
      assert.equal(groups.of(process.pid), null);
      assert.equal(group.remove(), false, 'while there are members');

      const below = `${dirname(group.join[0] ?? '')}/own`;
      mkdirSync(below);
      join(`${below}/cgroup.procs`);
      await until('four members', () => group.members().length === 4);
      assert.equal(groups.of(children.at(-1)?.pid ?? 0)?.name, 'app.0.1');

      assert.equal(group.kill(), version === 2);
      if (version === 1) for (const pid of group.members()) process.kill(pid, 'SIGKILL');
      await until('nobody left', () => group.empty() && children.every(({ signalCode }) => signalCode === 'SIGKILL'));
      await until('its removal', () => group.remove());
      assert.deepEqual(groups.list(), []);
      assert.ok(group.remove(), 'what is gone is removed');
    });

    it('that a killed daemon made and left empty are gone at the end', () => {
      assert.ok(groups !== null);
      const procs = groups.create('app.0.2', null).group.join[0] ?? '';
      groups.close();
      assert.deepEqual([existsSync(dirname(procs)), existsSync(dirname(dirname(procs)))], [false, false]);
    });
  });
}

describe('control groups without the privilege', () => {
  const root = process.getuid?.() === 0;
  it('are not used', { skip: root ? false : 'only root can become nobody' }, (context) => {
    const file = new URL('../../../src/host/cgroup/index.ts', import.meta.url).href;
    const text = `import(${JSON.stringify(file)}).then(({ detectGroups }) => console.log(detectGroups('nobodys')))`;
    const asNobody = { uid: 65_534, gid: 65_534, encoding: 'utf8', cwd: '/' } as const;
    if (spawnSync(process.execPath, ['-v'], asNobody).status !== 0) return context.skip('nobody cannot run this node');
    assert.equal(spawnSync(process.execPath, ['-e', text], asNobody).stdout, 'null\n');
  });
});
