/** Limits of memory, processors and processes, with real programs that go beyond them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import { detectGroups } from '../../../src/host/cgroup/index.ts';
import { createRig, kill, until } from './kit.ts';

const MB = 1024 ** 2;
const NONE = { memory: null, memoryReservation: null, cpus: null, pids: null };
const probe = detectGroups(`test-${process.pid}-support`);
probe?.close();
const controllers = probe?.controllers ?? { memory: null, cpu: null, pids: null, why: 'no control group' };
const without = (controller: 'memory' | 'cpu' | 'pids'): string | false =>
  controllers[controller] === null ? `${controller} cannot be limited here: ${controllers.why}` : false;

/** Grows by a line without an end until something stops it. */
const GROW = ['tail', '/dev/zero'];
const resources = (more: Partial<ServicePlan['resources']>): { resources: ServicePlan['resources'] } => ({
  resources: { ...NONE, ...more },
});

describe('a limit of memory', { skip: without('memory') }, () => {
  it('ends the program that goes beyond it, which is told', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const spec = rig.spec({ command: GROW, ...resources({ memory: 64 * MB }) });
    await rig.start(spec);
    const { exit, remaining } = await rig.exited(spec);
    assert.deepEqual(exit, {
      code: null,
      signal: 'SIGKILL',
      known: true,
      outOfMemory: { by: 'kernel', limit: 64 * MB, main: true },
    });
    assert.equal(remaining, 0);
  });

  it('tells when it was another process than the main one', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const spec = rig.spec({ command: ['sh', '-c', 'tail /dev/zero; exit 3'], ...resources({ memory: 64 * MB }) });
    await rig.start(spec);
    const { exit } = await rig.exited(spec);
    assert.equal(exit.code, 3);
    assert.deepEqual(exit.outOfMemory, { by: 'kernel', limit: 64 * MB, main: false });
  });

  it('is known of a program that lives on, and not told again at its end', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const spec = rig.spec({
      command: ['sh', '-c', 'tail /dev/zero; exec sleep 1000'],
      ...resources({ memory: 64 * MB }),
    });
    const { pid } = await rig.start(spec);
    await until('one kill', () => rig.host.usage(spec.instance, 1, null)?.oomKills === 1);
    assert.equal(rig.host.usage(spec.instance, 1, null)?.held, true);
    kill(pid);
    assert.equal((await rig.exited(spec)).exit.outOfMemory, undefined);
  });

  it('is told of an adopted program, and of one that ended while nobody looked', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const grow = (at: string): string[] => [
      'sh',
      '-c',
      `while [ ! -e ${at} ]; do sleep 0.02; done; exec tail /dev/zero`,
    ];
    const adopted = rig.spec({ name: 'adopted', command: grow('a'), ...resources({ memory: 64 * MB }) });
    const unseen = rig.spec({ name: 'unseen', command: grow('b'), ...resources({ memory: 64 * MB }) });
    const kept = rig.spec({ name: 'kept', command: grow('b'), ...resources({ memory: 64 * MB }) }, { keepExit: true });
    await rig.start(adopted);
    const { pid } = await rig.start(unseen);
    const leader = await rig.start(kept);
    rig.host.close();
    execFileSync('touch', [rig.file('b')]);
    const gone = (one: number): boolean => {
      try {
        return / [ZX] /.test(readFileSync(`/proc/${one}/stat`, 'latin1'));
      } catch {
        return true;
      }
    };
    await until('the end of both', () => gone(pid) && gone(leader.pid));

    const second = rig.another();
    const seen = await until('both records', () => {
      const found = second.host.observe();
      return found.exits.length === 2 && found;
    });
    const outOfMemory = { by: 'kernel', limit: 64 * MB, main: true };
    const exits = Object.fromEntries(seen.exits.map(({ instance, exit }) => [instance, exit]));
    assert.deepEqual(exits['unseen/0'], { code: null, signal: null, known: false, outOfMemory });
    assert.deepEqual(exits['kept/0'], { code: null, signal: 'SIGKILL', known: true, outOfMemory });
    const [tree] = seen.trees;
    assert.ok(tree !== undefined);
    second.host.adopt(tree, false);
    assert.equal(second.host.usage('adopted/0', 1, null)?.held, true, 'it finds its group again');
    execFileSync('touch', [rig.file('a')]);
    const { exit } = await rig.exited(adopted, second.events);
    assert.deepEqual(exit, { code: null, signal: null, known: false, outOfMemory });
    for (const spec of [adopted, unseen, kept]) second.host.forget(spec.instance, spec.incarnation);
    assert.deepEqual(groupsLeft(rig.id), []);
  });

  it('can be set and lifted while the program runs', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const spec = rig.spec({ command: ['sh', '-c', 'while [ ! -e go ]; do sleep 0.02; done; exec tail /dev/zero'] });
    await rig.start(spec);
    assert.equal(rig.host.usage(spec.instance, 1, null)?.held, false);
    rig.host.limit(spec.instance, 1, { ...NONE, memory: 64 * MB, memoryReservation: 32 * MB });
    assert.equal(rig.host.usage(spec.instance, 1, null)?.held, true);
    rig.host.limit(spec.instance, 1, NONE);
    assert.equal(rig.host.usage(spec.instance, 1, null)?.held, false);
    rig.host.limit(spec.instance, 1, { ...NONE, memory: 96 * MB });
    assert.deepEqual(rig.host.problems(), []);
    execFileSync('touch', [rig.file('go')]);
    assert.equal((await rig.exited(spec)).exit.outOfMemory?.limit, 96 * MB);
  });
});

describe('a limit of processes', { skip: without('pids') }, () => {
  it('keeps a program from forking more', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const text = 'for n in 1 2 3 4 5 6 7 8; do sleep 1000 & echo $n >>forked; done';
    const spec = rig.spec({ command: ['sh', '-c', text], ...resources({ pids: 4 }) });
    await rig.start(spec);
    const { exit, remaining } = await rig.exited(spec);
    assert.deepEqual([exit.known, exit.code === 0, remaining], [true, false, 3]);
    assert.equal((await rig.read('forked')).trim().split('\n').length, 3);
  });

  it('can be set on a program that runs: it moves into the group that counts', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const text = 'sleep 1000 & sleep 1000 & while [ ! -e go ]; do sleep 0.02; done; while :; do sleep 1000 & done';
    const spec = rig.spec({ command: ['sh', '-c', text] });
    await rig.start(spec);
    rig.host.limit(spec.instance, 1, { ...NONE, pids: 7 });
    assert.deepEqual(rig.host.problems(), []);
    execFileSync('touch', [rig.file('go')]);
    assert.equal((await rig.exited(spec)).remaining, 6);
  });
});

describe('a limit of processors', { skip: without('cpu') }, () => {
  it('gives a program with a smaller one less time', async () => {
    const rig = createRig();
    after(() => rig.dispose());
    const busy = ['sh', '-c', 'while :; do :; done'];
    const small = rig.spec({ name: 'small', command: busy, ...resources({ cpus: 0.05 }) });
    const large = rig.spec({ name: 'large', command: busy, ...resources({ cpus: 0.5 }) });
    await rig.start(small);
    await rig.start(large);
    const used = (instance: `${string}/${number}`): number => rig.host.usage(instance, 1, null)?.cpu ?? 0;
    await until('a second of the larger', () => used('large/0') > 1000);
    assert.ok(used('small/0') < used('large/0'), `${used('small/0')} < ${used('large/0')}`);
  });
});

describe('without control groups', () => {
  it('the memory of a whole tree is known, and nothing holds it', async () => {
    const rig = createRig({ cgroup: false });
    after(() => rig.dispose());
    assert.deepEqual([rig.host.limits.memory, rig.host.limits.cpus, rig.host.limits.pids], [false, false, false]);
    assert.match(rig.host.limits.why ?? '', /control group/);
    const spec = rig.spec({
      command: [
        'sh',
        '-c',
        `'${process.execPath}' -e 'globalThis.kept = Buffer.alloc(5e7, 1); setInterval(String, 1e6)' & wait`,
      ],
      ...resources({ memory: 16 * MB }),
    });
    await rig.start(spec);
    const small = rig.host.usage(spec.instance, 1, 16 * MB);
    assert.ok(small !== null && small.memory !== null && small.memory > 0);
    assert.equal(small.held, false);
    await until('the child counts', () => (rig.host.usage(spec.instance, 1, 16 * MB)?.memory ?? 0) > 40 * MB);
  });
});

/** Directories of a project's groups, in any hierarchy. */
function groupsLeft(id: string): string[] {
  const found = execFileSync('find', [
    '/sys/fs/cgroup',
    '-maxdepth',
    '6',
    '-name',
    `*.0.1`,
    '-path',
    `*mainstay-${id}/*`,
  ]);
  return found.toString().split('\n').filter(Boolean);
}
