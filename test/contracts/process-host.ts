/**
 * What every process host promises (ports/process-host.ts), as one suite: it runs over the real host and over
 * the simulator's, so that decisions proven in the one hold in the other.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identity } from '@mainstay/protocol';
import type { OwnProcessHost, ProcessEvent, SpawnSpec } from '../../packages/mainstay/src/ports/index.ts';

/** Programs that a rig knows how to make. */
export type Behaviour =
  /** Runs until a signal ends it. */
  | 'runs'
  /** Ends by itself. */
  | 'ends with 0'
  | 'ends with 7'
  | 'dies of SIGSEGV'
  /** Runs on at SIGTERM. */
  | 'ignores SIGTERM'
  /** Starts a child in a session of its own, which runs on, and then runs itself. */
  | 'has a child'
  /** Starts such a child and ends with 0. */
  | 'leaves a child'
  /** Cannot be started: there is no such program. */
  | 'is missing';

export interface ProcessHostRig {
  host: OwnProcessHost;
  /** Everything the host has told, in order. */
  events: ProcessEvent[];
  /** One and the same instance for all; `incarnation` 1 and no kept exit status unless told otherwise. */
  spec(behaviour: Behaviour, more?: Partial<Pick<SpawnSpec, 'incarnation' | 'keepExit'>>): SpawnSpec;
  /** Waits (or lets virtual time pass) until the program of a spec is as its behaviour says. */
  ready(spec: SpawnSpec): Promise<void>;
  /** Waits (or lets virtual time pass) until the condition holds; fails when it never does. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets things happen that should not: a moment long enough for a wrong event to come. */
  pause(): Promise<void>;
  /** The daemon dies without a word; a new host looks at the same machine. */
  reborn(): { host: OwnProcessHost; events: ProcessEvent[] };
  dispose(): Promise<void>;
}

type Of<T extends ProcessEvent['type']> = Extract<ProcessEvent, { type: T }>;

async function wait<T extends ProcessEvent['type']>(
  rig: ProcessHostRig,
  events: ProcessEvent[],
  type: T,
): Promise<Of<T>> {
  await rig.until(type, () => events.some((event) => event.type === type));
  return events.find((event): event is Of<T> => event.type === type) as Of<T>;
}

async function start(rig: ProcessHostRig, spec: SpawnSpec): Promise<Identity> {
  rig.host.spawn(spec);
  const { identity } = await wait(rig, rig.events, 'spawned');
  await rig.ready(spec);
  return identity;
}

function types(events: ProcessEvent[]): string[] {
  return events.map((event) => event.type);
}

/** Declares the suite for one kind of host. */
export function describeProcessHost(name: string, makeRig: () => ProcessHostRig | Promise<ProcessHostRig>): void {
  const test = (what: string, run: (rig: ProcessHostRig) => Promise<void>): void => {
    it(what, async () => {
      const rig = await makeRig();
      try {
        await run(rig);
      } finally {
        await rig.dispose();
      }
    });
  };

  describe(`process host: ${name}`, () => {
    test('answers a spawn with one spawned, after the call', async (rig) => {
      const spec = rig.spec('runs');
      rig.host.spawn(spec);
      assert.deepEqual(rig.events, [], 'the caller is not called back from within its call');
      const spawned = await wait(rig, rig.events, 'spawned');
      assert.equal(spawned.instance, spec.instance);
      assert.equal(spawned.incarnation, spec.incarnation);
      assert.ok(spawned.identity.pid > 0 && /^\d+$/.test(spawned.identity.startTime));
      await rig.pause();
      assert.deepEqual(types(rig.events), ['spawned']);
    });

    test('answers a spawn that cannot work with one spawn-failed and its reason', async (rig) => {
      rig.host.spawn(rig.spec('is missing'));
      assert.deepEqual(rig.events, []);
      const { failure } = await wait(rig, rig.events, 'spawn-failed');
      assert.equal(failure.reason, 'missing-program');
      assert.match(failure.message, /^cannot start /);
      await rig.pause();
      assert.deepEqual(types(rig.events), ['spawn-failed']);
      assert.deepEqual(rig.host.observe().trees, []);
    });

    for (const keepExit of [false, true]) {
      const kept = keepExit ? ', kept' : '';
      test(`tells exit codes and signals exactly${kept}`, async (rig) => {
        const ends = [
          ['ends with 0', { code: 0, signal: null, known: true }],
          ['ends with 7', { code: 7, signal: null, known: true }],
          ['dies of SIGSEGV', { code: null, signal: 'SIGSEGV', known: true }],
        ] as const;
        for (const [at, [behaviour, exit]] of ends.entries()) {
          rig.events.length = 0;
          rig.host.spawn(rig.spec(behaviour, { incarnation: at + 1, keepExit }));
          const exited = await wait(rig, rig.events, 'exited');
          assert.deepEqual([exited.exit, exited.remaining], [exit, 0], behaviour);
          assert.deepEqual(types(rig.events), ['spawned', 'exited']);
        }
      });

      test(`ends a program by a signal${kept}`, async (rig) => {
        const spec = rig.spec('runs', { keepExit });
        await start(rig, spec);
        rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
        const { exit, remaining } = await wait(rig, rig.events, 'exited');
        assert.deepEqual([exit, remaining], [{ code: null, signal: 'SIGTERM', known: true }, 0]);
      });

      test(`kills what ignores SIGTERM${kept}`, async (rig) => {
        const spec = rig.spec('ignores SIGTERM', { keepExit });
        await start(rig, spec);
        rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'tree');
        await rig.pause();
        assert.deepEqual(types(rig.events), ['spawned']);
        rig.host.kill(spec.instance, spec.incarnation);
        const { exit } = await wait(rig, rig.events, 'exited');
        assert.equal(exit.signal, 'SIGKILL');
      });
    }

    test('wakes a stopped program so that it can end', async (rig) => {
      const spec = rig.spec('runs');
      await start(rig, spec);
      rig.host.signal(spec.instance, spec.incarnation, 'SIGSTOP', 'leader');
      await rig.pause();
      rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      assert.equal((await wait(rig, rig.events, 'exited')).exit.signal, 'SIGTERM');
    });

    test('counts the rest of a tree, and tells when it is empty', async (rig) => {
      const spec = rig.spec('leaves a child');
      rig.host.spawn(spec);
      assert.equal((await wait(rig, rig.events, 'exited')).remaining, 1);
      await rig.pause();
      assert.deepEqual(types(rig.events), ['spawned', 'exited']);
      const [tree] = rig.host.observe().trees;
      assert.equal(tree?.leader, null);
      assert.equal(tree.members.length, 1);
      rig.host.kill(spec.instance, spec.incarnation);
      await wait(rig, rig.events, 'emptied');
      assert.deepEqual(types(rig.events), ['spawned', 'exited', 'emptied']);
      assert.deepEqual(rig.host.observe().trees, []);
    });

    test('signals the leader alone, or the whole tree', async (rig) => {
      const alone = rig.spec('has a child');
      await start(rig, alone);
      rig.host.signal(alone.instance, alone.incarnation, 'SIGTERM', 'leader');
      assert.equal((await wait(rig, rig.events, 'exited')).remaining, 1);
      rig.host.signal(alone.instance, alone.incarnation, 'SIGTERM', 'tree');
      await wait(rig, rig.events, 'emptied');

      rig.events.length = 0;
      const whole = rig.spec('has a child', { incarnation: 2 });
      await start(rig, whole);
      rig.host.signal(whole.instance, whole.incarnation, 'SIGTERM', 'tree');
      await wait(rig, rig.events, 'exited');
      await rig.until('the end of the tree', () => rig.host.observe().trees.length === 0);
    });

    test('touches nothing for an incarnation that it does not have', async (rig) => {
      const spec = rig.spec('runs', { incarnation: 5 });
      await start(rig, spec);
      rig.host.signal(spec.instance, 4, 'SIGTERM', 'tree');
      rig.host.kill(spec.instance, 6);
      rig.host.kill('other/0', 5);
      rig.host.forget('other/0', 5);
      await rig.pause();
      assert.deepEqual(types(rig.events), ['spawned']);
      assert.equal(rig.host.observe().trees.length, 1);
    });

    test('observes what lives', async (rig) => {
      const spec = rig.spec('has a child', { incarnation: 3 });
      const identity = await start(rig, spec);
      const [tree, ...others] = rig.host.observe().trees;
      assert.deepEqual(others, []);
      assert.equal(tree?.instance, spec.instance);
      assert.equal(tree.incarnation, 3);
      assert.deepEqual(tree.leader, identity);
      assert.ok(tree.members.some(({ pid }) => pid === identity.pid));
      assert.equal(tree.members.length, 2);
    });

    test('hands a living tree on to the next host', async (rig) => {
      const spec = rig.spec('runs');
      const identity = await start(rig, spec);
      const next = rig.reborn();
      const { trees } = next.host.observe();
      assert.deepEqual(trees[0]?.leader, identity);
      next.host.adopt(trees[0] as NonNullable<(typeof trees)[0]>, false);
      await rig.pause();
      assert.deepEqual(types(next.events), []);
      next.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      const { exit, remaining } = await wait(rig, next.events, 'exited');
      assert.deepEqual([exit, remaining], [{ code: null, signal: null, known: false }, 0]);
    });

    test('keeps an exit status over the death of the daemon, until it is forgotten', async (rig) => {
      const spec = rig.spec('runs', { keepExit: true });
      const identity = await start(rig, spec);
      const second = rig.reborn();
      const [tree] = second.host.observe().trees;
      assert.deepEqual(tree?.leader, identity);
      assert.deepEqual(tree.members, [identity], 'the waiting parent is no member');
      second.host.adopt(tree, true);
      second.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      const exit = { code: null, signal: 'SIGTERM', known: true };
      assert.deepEqual((await wait(rig, second.events, 'exited')).exit, exit);
      const third = rig.reborn();
      const recorded = [{ instance: spec.instance, incarnation: spec.incarnation, exit }];
      assert.deepEqual(third.host.observe(), { trees: [], exits: recorded });
      third.host.forget(spec.instance, spec.incarnation);
      await rig.until('the record is gone', () => third.host.observe().exits.length === 0);
    });

    test('tells an end that nobody saw, until it is forgotten', async (rig) => {
      const spec = rig.spec('runs');
      await start(rig, spec);
      rig.host.signal(spec.instance, spec.incarnation, 'SIGTERM', 'leader');
      const next = rig.reborn();
      const unseen = { instance: spec.instance, incarnation: 1, exit: { code: null, signal: null, known: false } };
      await rig.until('its end', () => next.host.observe().trees.length === 0);
      assert.deepEqual(next.host.observe().exits, [unseen]);
      assert.deepEqual(rig.reborn().host.observe().exits, [unseen]);
      next.host.forget(spec.instance, spec.incarnation);
      await rig.until('it is forgotten', () => next.host.observe().exits.length === 0);
    });

    test('tells the end of a leader whose tree lives on, and ends the rest', async (rig) => {
      const spec = rig.spec('leaves a child');
      rig.host.spawn(spec);
      await wait(rig, rig.events, 'exited');
      const next = rig.reborn();
      const { trees, exits } = next.host.observe();
      assert.deepEqual(
        exits.map(({ incarnation }) => incarnation),
        [spec.incarnation],
      );
      const [tree] = trees;
      assert.ok(tree !== undefined && tree.leader === null);
      next.host.adopt(tree, false);
      assert.deepEqual(next.events, [], 'the caller is not called back from within its call');
      assert.equal((await wait(rig, next.events, 'exited')).remaining, 1);
      next.host.kill(spec.instance, spec.incarnation);
      await wait(rig, next.events, 'emptied');
      assert.deepEqual(types(next.events), ['exited', 'emptied']);
    });
  });
}
