/** What a new host finds of a daemon that was killed without a word. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '@mainstay/protocol';
import { bootId, identify, readStat } from '../../../src/host/proc/index.ts';
import type { ProcessEvent, SpawnSpec } from '../../../src/ports/index.ts';
import { createRig, kill, PATH, until, type Rig } from './kit.ts';

/** Has another process start the specs, then kills it; answers who runs. */
async function startedByTheDead(rig: Rig, cgroup: boolean, specs: SpawnSpec[]): Promise<Identity[]> {
  const [out, err, notify] = ['out', 'err', 'notify'].map(rig.file);
  const pipes = { out, err, notify, notifySocket: null };
  const orders = { projectId: rig.id, runDirectory: rig.file('run'), path: PATH, pipes, cgroup, specs };
  const file = new URL('daemon.ts', import.meta.url).pathname;
  const daemon = spawn(process.execPath, [file, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const identities: Identity[] = [];
  for await (const line of createInterface({ input: daemon.stdout })) {
    const event = JSON.parse(line) as ProcessEvent;
    assert.equal(event.type, 'spawned', line);
    if (event.type === 'spawned') identities.push(event.identity);
    if (identities.length === specs.length) break;
  }
  daemon.kill('SIGKILL');
  await until('the end of the daemon', () => daemon.signalCode !== null);
  return identities;
}

for (const cgroup of [true, false]) {
  describe(`adoption, ${cgroup ? 'with' : 'without'} control groups`, () => {
    const rigs: Rig[] = [];
    after(async () => {
      for (const rig of rigs) await rig.dispose();
    });
    const newRig = (): Rig => {
      const rig = createRig({ cgroup });
      rigs.push(rig);
      return rig;
    };

    it('finds the same process, takes it over, and sees its later crash', async () => {
      const rig = newRig();
      const spec = rig.spec({ command: ['sh', '-c', 'setsid sleep 1000 & exec sleep 1000'] });
      const [identity] = await startedByTheDead(rig, cgroup, [spec]);
      const tree = await until('leader and child', () => {
        const [found] = rig.host.observe().trees;
        return found?.members.length === 2 ? found : null;
      });
      assert.deepEqual(tree.leader, identity);
      rig.host.adopt(tree, false);
      kill(identity?.pid ?? 0, 'SIGSEGV');
      assert.deepEqual(await rig.exited(spec), {
        type: 'exited',
        instance: spec.instance,
        incarnation: 1,
        exit: { code: null, signal: null, known: false },
        remaining: 1,
      });
      rig.host.kill(spec.instance, 1);
      await rig.emptied(spec);
    });

    it('reads exit statuses that were written while no daemon was there', async () => {
      const rig = newRig();
      const text = 'while [ ! -e go ]; do sleep 0.05; done; ';
      const ends = [
        ['exit 5', { code: 5, signal: null }],
        ['kill -ABRT $$', { code: null, signal: 'SIGABRT' }],
      ] as const;
      const specs = ends.map(([end], at) => ({
        ...rig.spec({ command: ['sh', '-c', text + end] }, { keepExit: true, instance: `app/${at}` as const }),
      }));
      const identities = await startedByTheDead(rig, cgroup, specs);
      assert.deepEqual(
        new Set(rig.host.observe().trees.map(({ leader }) => leader?.pid)),
        new Set(identities.map(({ pid }) => pid)),
      );
      writeFileSync(rig.file('go'), '');
      await until('both records', () => rig.host.observe().exits.length === 2);
      const { trees, exits } = rig.host.observe();
      assert.deepEqual(trees, []);
      exits.sort((a, b) => a.instance.localeCompare(b.instance));
      assert.deepEqual(
        exits,
        ends.map(([, exit], at) => ({ instance: `app/${at}`, incarnation: 1, exit: { ...exit, known: true } })),
      );
      for (const { instance, incarnation } of exits) rig.host.forget(instance, incarnation);
      await until('the files are gone', () => rig.host.observe().exits.length === 0);
    });

    it('finds a tree whose identity file was lost', async () => {
      const rig = newRig();
      const [identity] = await startedByTheDead(rig, cgroup, [rig.spec({ command: ['sleep', '1000'] })]);
      await until('the identity file', () => existsSync(rig.file('run/app.0.1.id')));
      rmSync(rig.file('run/app.0.1.id'));
      assert.deepEqual(rig.host.observe().trees, [
        { instance: 'app/0', incarnation: 1, leader: identity, members: [identity] },
      ]);
    });

    it('reports several trees of one instance', async () => {
      const rig = newRig();
      const specs = [1, 2].map((incarnation) => rig.spec({ command: ['sleep', '1000'] }, { incarnation }));
      await startedByTheDead(rig, cgroup, specs);
      const { trees } = rig.host.observe();
      assert.deepEqual(trees.map(({ instance, incarnation }) => [instance, incarnation]).sort(), [
        ['app/0', 1],
        ['app/0', 2],
      ]);
      // One that nobody adopted can be killed as well.
      rig.host.kill('app/0', 1);
      await until('one left', () => rig.host.observe().trees.length === 1);
      assert.equal(rig.host.observe().trees[0]?.incarnation, 2);
    });

    it('takes no other process for one that a stale, forged or torn identity file names', async () => {
      const rig = newRig();
      const [stranger] = await startedByTheDead(newRig(), cgroup, [rig.spec({ command: ['sleep', '1000'] })]);
      assert.ok(stranger !== undefined);
      const { pid, startTime } = stranger;
      const lines = {
        'app.0.1': `${bootId()} ${pid} ${Number(startTime) + 1} 0 0 .\n`,
        'app.0.2': `00000000-0000-4000-8000-000000000000 ${pid} ${startTime} 0 0 .\n`,
        'app.0.3': `${bootId()} ${pid} ${startTime.slice(0, -1)}`,
        'app.0.4': '',
      };
      for (const [name, line] of Object.entries(lines)) writeFileSync(rig.file(`run/${name}.id`), line);
      // Only the first was left in this boot, and whole: its program lives no more.
      const unseen = { code: null, signal: null, known: false };
      assert.deepEqual(rig.host.observe(), {
        trees: [],
        exits: [{ instance: 'app/0', incarnation: 1, exit: unseen }],
      });
      for (const incarnation of [1, 2, 3, 4]) {
        rig.host.signal('app/0', incarnation, 'SIGKILL', 'tree');
        rig.host.kill('app/0', incarnation);
        const forged = { bootId: bootId(), pid, startTime: String(Number(startTime) + 1) };
        rig.host.adopt({ instance: 'app/0', incarnation, leader: forged, members: [forged] }, false);
        rig.host.signal('app/0', incarnation, 'SIGKILL', 'leader');
        rig.host.signal('app/0', incarnation, 'SIGKILL', 'tree');
        rig.host.kill('app/0', incarnation);
      }
      await until('four ends', () => rig.events.filter(({ type }) => type === 'exited').length === 4);
      await sleep(100);
      assert.deepEqual(identify(pid), stranger);
      assert.notEqual(readStat(pid)?.state, 'Z');
    });

    it('takes a parent that has not started its program yet for the leader, until it has', async () => {
      const rig = newRig();
      const spec = rig.spec({ command: ['sleep', '1000'] }, { keepExit: true });
      const [identity] = await startedByTheDead(rig, cgroup, [spec]);
      assert.ok(identity !== undefined);
      const line = readFileSync(rig.file('run/app.0.1.id'));
      rmSync(rig.file('run/app.0.1.id'));
      const [early] = rig.host.observe().trees;
      assert.ok(early !== undefined);
      assert.equal(early.leader?.pid, readStat(identity.pid)?.ppid);
      rig.host.adopt(early, true);
      writeFileSync(rig.file('run/app.0.1.id'), line);
      await until('a signal reaches the program', () => {
        rig.host.signal(spec.instance, 1, 'SIGTERM', 'leader');
        return identify(identity.pid) === null;
      });
      assert.deepEqual((await rig.exited(spec)).exit, { code: null, signal: 'SIGTERM', known: true });
    });

    it('tells the end of the dead, and nothing of what still waits', async () => {
      const rig = newRig();
      const gone = rig.spec({ command: ['sleep', '1000'] });
      const waiting = rig.spec({ command: ['sleep', '1000'] }, { incarnation: 2, keepExit: true });
      const started = await startedByTheDead(rig, cgroup, [gone, waiting]);
      // What is reported first is not said: the one with a waiting parent of its own session is the second.
      const [first, second] = [gone, waiting].map(({ incarnation }) => {
        const { leader } = rig.host.observe().trees.find((tree) => tree.incarnation === incarnation) ?? {};
        return started.find(({ pid }) => pid === leader?.pid);
      });
      assert.ok(first !== undefined && second !== undefined, JSON.stringify(rig.host.observe()));
      const parent = readStat(second.pid)?.ppid ?? 0;
      assert.ok(parent > 1);
      kill(parent, 'SIGSTOP');
      for (const identity of [first, second]) {
        kill(identity.pid);
        await until('its end', () => identify(identity.pid) === null);
      }
      const unseen = { instance: 'app/0', incarnation: 1, exit: { code: null, signal: null, known: false } };
      assert.deepEqual(rig.host.observe(), { trees: [], exits: [unseen] });
      assert.deepEqual(rig.host.observe(), { trees: [], exits: [unseen] });
      rig.host.forget('app/0', 1);
      await until('the file of the first is gone', () => !existsSync(rig.file('run/app.0.1.id')));
      assert.deepEqual(rig.host.observe(), { trees: [], exits: [] });
      kill(parent, 'SIGCONT');
      const exits = await until('the record of the second', () => {
        const { exits: found } = rig.host.observe();
        return found.length > 0 ? found : null;
      });
      assert.deepEqual(exits, [
        { instance: 'app/0', incarnation: 2, exit: { code: null, signal: 'SIGKILL', known: true } },
      ]);
    });

    it('does not reach the members of another instance through a wrong identity', async () => {
      const rig = newRig();
      const spec = rig.spec({ command: ['sleep', '1000'] });
      const identity = await rig.start(spec);
      const wrong = { ...identity, startTime: String(Number(identity.startTime) + 1) };
      rig.host.adopt({ instance: 'other/0', incarnation: 1, leader: wrong, members: [wrong] }, false);
      rig.host.signal('other/0', 1, 'SIGKILL', 'tree');
      rig.host.kill('other/0', 1);
      await until('its end', () =>
        rig.events.some(({ instance, type }) => instance === 'other/0' && type === 'exited'),
      );
      assert.deepEqual(identify(identity.pid), identity);
    });

    it('forgets everything of an incarnation', async () => {
      const rig = newRig();
      const spec = rig.spec({ command: ['true'] }, { keepExit: true });
      await rig.start(spec);
      await rig.exited(spec);
      assert.match(readFileSync(rig.file('run/app.0.1.exit'), 'utf8'), /^0 \.\n$/);
      rig.host.forget(spec.instance, 1);
      await until(
        'the files are gone',
        () => !existsSync(rig.file('run/app.0.1.exit')) && !existsSync(rig.file('run/app.0.1.id')),
      );
      assert.deepEqual(rig.host.observe(), { trees: [], exits: [] });
    });
  });
}
