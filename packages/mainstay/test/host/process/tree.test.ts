/** What belongs to a tree: those who left the session, the parent and the environment; and how all of it ends. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectGroups } from '../../../src/host/cgroup/index.ts';
import { identify, listPids, readStat } from '../../../src/host/proc/index.ts';
import { createRig, kill, until } from './kit.ts';

const hasGroups = detectGroups(`test-${process.pid}-tree`) !== null;

for (const cgroup of [true, false]) {
  const skip = cgroup && !hasGroups ? 'control groups cannot be used here' : false;
  describe(`trees, ${cgroup ? 'with' : 'without'} control groups`, { skip }, () => {
    const rig = createRig({ cgroup });
    after(() => rig.dispose());
    let incarnation = 0;
    const sh = (text: string, keepExit = false): ReturnType<typeof rig.spec> =>
      rig.spec({ command: ['sh', '-c', text] }, { incarnation: (incarnation += 1), keepExit });
    const pidIn = async (name: string): Promise<number> => Number(await rig.read(name));

    const escapees = [
      ['a child that calls setsid', 'setsid sh -c "echo \\$\\$ >NAME; exec sleep 1000" & wait'],
      [
        'a grandchild that was forked twice',
        '(setsid sh -c "(sh -c \'echo \\$\\$ >NAME; exec sleep 1000\') &" &) ; sleep 1000',
      ],
      [
        'a child without environment whose parent lives',
        'env -i /bin/sh -c "echo \\$\\$ >NAME; exec sleep 1000" & wait',
      ],
    ] as const;
    for (const [what, text] of escapees) {
      it(`kills ${what}`, async () => {
        const name = `escapee-${incarnation}`;
        const spec = sh(text.replace('NAME', name));
        const leader = await rig.start(spec);
        const escapee = await pidIn(name);
        rig.host.kill(spec.instance, spec.incarnation);
        await rig.exited(spec);
        await gone(escapee);
        await gone(leader.pid);
      });
    }

    it('does not call a tree empty while an escapee lives, and says when it is', async () => {
      const spec = sh('setsid sh -c "echo \\$\\$ >left; exec sleep 1000" & while [ ! -s left ]; do :; done; exit 3');
      await rig.start(spec);
      const { exit, remaining } = await rig.exited(spec);
      assert.deepEqual([exit.code, remaining], [3, 1]);
      const escapee = await pidIn('left');
      assert.ok(identify(escapee) !== null);
      kill(escapee, 'SIGTERM');
      await rig.emptied(spec);
    });

    // Only a control group knows it: without one there is nothing to test.
    if (cgroup) {
      it('finds a daemon that dropped session, parent and environment in its control group', async () => {
        const spec = sh(
          'env -i setsid /bin/sh -c "(echo hidden; exec sleep 1000) &"; env -i setsid -f sleep 1000; exit 0',
        );
        await rig.start(spec);
        const { remaining } = await rig.exited(spec);
        assert.equal(remaining, 2);
        rig.host.kill(spec.instance, spec.incarnation);
        await rig.emptied(spec);
      });
    }

    it('keeps a child without environment that it saw while its parent lived', async () => {
      const spec = sh('env -i setsid /bin/sh -c "echo \\$\\$ >orphan; exec sleep 1000" & wait');
      const leader = await rig.start(spec);
      const orphan = await pidIn('orphan');
      rig.host.signal(spec.instance, spec.incarnation, 'SIGWINCH', 'tree');
      kill(leader.pid);
      assert.equal((await rig.exited(spec)).remaining, 1);
      rig.host.kill(spec.instance, spec.incarnation);
      await rig.emptied(spec);
      await gone(orphan);
    });

    it('reaches every member with a signal to the tree, the leader alone otherwise', async () => {
      const member = 'trap "echo USR1 >>got; exit" USR1; echo >up-$1; while :; do sleep 0.1; done';
      const spec = rig.spec(
        { command: ['sh', '-c', 'setsid sh -c "$1" x child & exec sh -c "$1" x leader', 'x', member] },
        { incarnation: (incarnation += 1) },
      );
      await rig.start(spec);
      await rig.read('up-child');
      await rig.read('up-leader');
      rig.host.signal(spec.instance, spec.incarnation, 'SIGUSR1', 'leader');
      assert.equal((await rig.exited(spec)).remaining > 0, true);
      assert.equal(await rig.read('got'), 'USR1\n');
      rig.host.signal(spec.instance, spec.incarnation, 'SIGUSR1', 'tree');
      await rig.emptied(spec);
      assert.equal(await rig.read('got'), 'USR1\nUSR1\n');
    });

    it('does not count zombies', async () => {
      // The child ends at once, and its parent became a program that never takes its status.
      const spec = sh('sh -c "exit 0" & exec sleep 1000');
      const leader = await rig.start(spec);
      const [zombie] = await until('a zombie', () => {
        const found = zombiesOf(leader.pid);
        return found.length > 0 ? found : null;
      });
      const [tree] = rig.host.observe().trees;
      assert.deepEqual(tree?.members, [leader]);
      assert.ok(zombie !== undefined && identify(zombie) === null);
      rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      assert.equal((await rig.exited(spec)).remaining, 0);
    });

    it('spares the waiting parent from stop signals, and hands no ignored signal on', async () => {
      const spec = sh('cat /proc/self/status >kept-status; exec sleep 1000', true);
      const leader = await rig.start(spec);
      const status = await rig.read('kept-status');
      assert.match(status, /^SigIgn:\t0+$/m);
      const parent = readStat(leader.pid)?.ppid ?? 0;
      assert.notEqual(parent, process.pid);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) kill(parent, signal);
      await sleep(200);
      assert.ok(identify(parent) !== null);
      rig.host.signal(spec.instance, spec.incarnation, 'SIGQUIT', 'tree');
      assert.deepEqual((await rig.exited(spec)).exit, { code: null, signal: 'SIGQUIT', known: true });
      await gone(parent);
    });

    it('lets the waiting parent write down that its program was killed', async () => {
      const spec = sh('exec sleep 1000', true);
      await rig.start(spec);
      rig.host.kill(spec.instance, spec.incarnation);
      const exit = { code: null, signal: 'SIGKILL', known: true };
      assert.deepEqual((await rig.exited(spec)).exit, exit);
      const recorded = rig.host.observe().exits.find(({ incarnation: number }) => number === spec.incarnation);
      assert.deepEqual(recorded?.exit, exit);
    });

    it('goes on with a program whose waiting parent was killed', async () => {
      const spec = sh('exec sleep 1000', true);
      const leader = await rig.start(spec);
      kill(readStat(leader.pid)?.ppid ?? 0);
      await sleep(300);
      assert.equal(
        rig.events.some((event) => event.type === 'exited' && event.incarnation === spec.incarnation),
        false,
      );
      kill(leader.pid);
      assert.deepEqual((await rig.exited(spec)).exit, { code: null, signal: null, known: false });
    });

    it('delivers a signal that comes before the program is there', async () => {
      const spec = sh('exec sleep 1000', true);
      rig.host.spawn(spec);
      rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      assert.deepEqual((await rig.exited(spec)).exit, { code: null, signal: 'SIGTERM', known: true });
    });
  });
}

async function gone(pid: number): Promise<void> {
  await until(`end of ${pid}`, () => identify(pid) === null);
}

function zombiesOf(parent: number): number[] {
  return listPids().filter((pid) => {
    const stat = readStat(pid);
    return stat !== null && stat.ppid === parent && stat.state === 'Z';
  });
}
