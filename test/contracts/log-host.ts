/** What every log host promises of what programs say (ports/log-host.ts), as one suite over the real host and the simulator's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceId } from '@mainstay/protocol';
import type { LogEvent, LogHost } from '../../packages/mainstay/src/ports/index.ts';

/** What the program of a rig says when it is ready, besides READY=1: its line. */
export const READY_LINE = 'ready';
export const INSTANCE: InstanceId = 'app/0';

export interface LogHostRig {
  host: LogHost;
  /** Everything the host has told, in order. */
  events: LogEvent[];
  /** Opens the pipes of INSTANCE. */
  open(host: LogHost): void;
  /** A program of that incarnation begins to write. It says READY=1 and its line when told to, and WATCHDOG=1 if it has a watchdog. */
  start(incarnation: number, watchdog: boolean): { becomesReady(): void };
  /** Waits (or lets virtual time pass) until the condition holds; fails when it never does. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** A moment long enough for a wrong event to come. */
  pause(): Promise<void>;
  /** The daemon dies: nobody listens until `reborn`. */
  die(): void;
  reborn(): Promise<{ host: LogHost; events: LogEvent[] }>;
  dispose(): Promise<void>;
}

type Of<T extends LogEvent['type']> = Extract<LogEvent, { type: T }>;

const of = <T extends LogEvent['type']>(events: readonly LogEvent[], type: T): Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type);

const said = (events: readonly LogEvent[], field: string): Of<'notified'>[] =>
  of(events, 'notified').filter((event) => event.field === field);

export function describeLogHost(name: string, makeRig: () => Promise<LogHostRig> | LogHostRig): void {
  const each = (what: string, test: (rig: LogHostRig) => Promise<void>): void => {
    it(what, async () => {
      const rig = await makeRig();
      try {
        await test(rig);
      } finally {
        await rig.dispose();
      }
    });
  };

  describe(`log host: ${name}`, () => {
    each('tells READY=1 once, of the incarnation that said it', async (rig) => {
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 3);
      rig.start(3, false).becomesReady();
      await rig.until('READY', () => said(rig.events, 'READY').length > 0);
      await rig.pause();
      assert.deepEqual(said(rig.events, 'READY'), [
        { type: 'notified', instance: INSTANCE, incarnation: 3, field: 'READY', value: '1' },
      ]);
    });

    each('tells a line that was waited for once', async (rig) => {
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 1);
      rig.host.watchFor(INSTANCE, `^${READY_LINE}$`);
      rig.start(1, false).becomesReady();
      await rig.until('the line', () => of(rig.events, 'log-matched').length > 0);
      await rig.pause();
      assert.deepEqual(of(rig.events, 'log-matched'), [
        { type: 'log-matched', instance: INSTANCE, incarnation: 1, line: READY_LINE },
      ]);
    });

    each('tells no line that nobody waits for any more', async (rig) => {
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 1);
      rig.host.watchFor(INSTANCE, `^${READY_LINE}$`);
      rig.host.watchFor(INSTANCE, null);
      rig.start(1, false).becomesReady();
      await rig.until('READY', () => said(rig.events, 'READY').length > 0);
      await rig.pause();
      assert.deepEqual(of(rig.events, 'log-matched'), []);
    });

    each('tells each sign of life', async (rig) => {
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 1);
      rig.start(1, true);
      await rig.until('two signs of life', () => said(rig.events, 'WATCHDOG').length >= 2);
      assert.ok(said(rig.events, 'WATCHDOG').every(({ incarnation, value }) => incarnation === 1 && value === '1'));
    });

    each('tells what was said while nobody listened, to the next', async (rig) => {
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 2);
      const program = rig.start(2, false);
      await rig.pause();
      rig.die();
      program.becomesReady();
      await rig.pause();
      assert.deepEqual(said(rig.events, 'READY'), []);
      const next = await rig.reborn();
      rig.open(next.host);
      next.host.begin(INSTANCE, 2);
      await rig.until('READY', () => said(next.events, 'READY').length > 0);
      assert.equal(said(next.events, 'READY')[0]?.incarnation, 2);
    });

    each('opens again what is open, and has nothing to complain of', async (rig) => {
      rig.open(rig.host);
      rig.open(rig.host);
      rig.host.begin(INSTANCE, 1);
      rig.start(1, false).becomesReady();
      await rig.until('READY', () => said(rig.events, 'READY').length > 0);
      rig.host.drain(INSTANCE);
      assert.equal(await rig.host.flush(60_000), true);
      assert.deepEqual(rig.host.problems(), []);
      rig.host.close(INSTANCE);
      assert.equal(await rig.host.flush(60_000), true);
    });
  });
}
