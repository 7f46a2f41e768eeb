/** A process that SIGKILL cannot end, as one that waits for a dead disk: here one in a frozen control group. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupDirectory, groupPath, parseCgroupMounts } from '../../../src/host/cgroup/index.ts';
import { identify } from '../../../src/host/proc/index.ts';
import { createRig, until } from './kit.ts';

/** A group of the version 1 freezer: unlike that of version 2, it holds back even SIGKILL. */
function freezer(name: string): string | null {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const mount = mounts.find(({ controllers }) => controllers.includes('freezer'));
  const path = mount === undefined ? null : groupPath(readFileSync('/proc/self/cgroup', 'utf8'), mount);
  if (mount === undefined || path === null) return null;
  const directory = `${groupDirectory(mount, path)}/${name}`;
  try {
    mkdirSync(directory);
    return directory;
  } catch {
    return null;
  }
}

const place = freezer(`mainstay-test-${process.pid}`);
after(() => {
  if (place !== null) rmdirSync(place);
});

for (const cgroup of [true, false]) {
  const skip = place === null ? 'needs a version 1 freezer and the privilege to use it' : false;
  describe(`what cannot be killed, ${cgroup ? 'with' : 'without'} control groups`, { skip }, () => {
    const rig = createRig({ cgroup });
    after(async () => {
      if (existsSync(`${place}/freezer.state`)) writeFileSync(`${place}/freezer.state`, 'THAWED');
      await rig.dispose();
    });

    it('is not said to have ended; its later end is told', async () => {
      const spec = rig.spec({ command: ['sleep', '1000'] });
      const leader = await rig.start(spec);
      writeFileSync(`${place}/cgroup.procs`, String(leader.pid));
      writeFileSync(`${place}/freezer.state`, 'FROZEN');
      await until('frozen', () => readFileSync(`${place}/freezer.state`, 'utf8').trim() === 'FROZEN');
      rig.host.kill(spec.instance, spec.incarnation);
      // Longer than the kill is repeated.
      await sleep(6000);
      assert.deepEqual(
        rig.events.map(({ type }) => type),
        ['spawned'],
      );
      assert.deepEqual(identify(leader.pid), leader);
      writeFileSync(`${place}/freezer.state`, 'THAWED');
      const { exit, remaining } = await rig.exited(spec);
      assert.deepEqual([exit, remaining], [{ code: null, signal: 'SIGKILL', known: true }, 0]);
    });

    it('counts as the rest of its tree until then', async () => {
      const text = 'setsid sh -c "echo \\$\\$ >frozen; exec sleep 1000" & while [ ! -e go ]; do sleep 0.05; done';
      const spec = rig.spec({ command: ['sh', '-c', text] }, { incarnation: 2 });
      await rig.start(spec);
      writeFileSync(`${place}/cgroup.procs`, await rig.read('frozen'));
      writeFileSync(`${place}/freezer.state`, 'FROZEN');
      writeFileSync(rig.file('go'), '');
      assert.equal((await rig.exited(spec)).remaining, 1);
      rig.host.kill(spec.instance, spec.incarnation);
      await sleep(6000);
      assert.equal(
        rig.events.some(({ type }) => type === 'emptied'),
        false,
      );
      writeFileSync(`${place}/freezer.state`, 'THAWED');
      await rig.emptied(spec);
    });
  });
}
