/** What every clock does (ports/clock.ts), real or virtual. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../packages/mainstay/src/ports/index.ts';

export interface ClockRig {
  clock: Clock;
  /** Waits (or lets virtual time pass) until the condition holds; fails when it never does. */
  until(what: string, condition: () => boolean): Promise<void>;
}

export function describeClock(name: string, makeRig: () => ClockRig): void {
  describe(`clock: ${name}`, () => {
    it('calls once, not within the call, and not before its time', async () => {
      const { clock, until } = makeRig();
      const from = clock.now().mono;
      const calls: number[] = [];
      clock.after(20, () => calls.push(clock.now().mono));
      clock.after(0, () => calls.push(-1));
      assert.deepEqual(calls, [], 'nothing is called from within the call');
      await until('both calls', () => calls.length === 2);
      assert.equal(calls[0], -1);
      assert.ok((calls[1] ?? 0) - from >= 20, `${calls[1]} is less than 20 ms after ${from}`);
    });

    it('does not call what was cancelled', async () => {
      const { clock, until } = makeRig();
      const calls: string[] = [];
      clock.after(5, () => calls.push('cancelled')).cancel();
      const own = clock.after(10, () => {
        calls.push('late');
        own.cancel();
      });
      await until('the later call', () => calls.includes('late'));
      assert.deepEqual(calls, ['late']);
    });

    it('keeps the order of due times, and calls what is due soon first', async () => {
      const { clock, until } = makeRig();
      const calls: string[] = [];
      clock.after(30, () => calls.push('third'));
      clock.after(10, () => calls.push('second'));
      clock.soon(() => calls.push('first'));
      assert.deepEqual(calls, []);
      await until('all calls', () => calls.length === 3);
      assert.deepEqual(calls, ['first', 'second', 'third']);
    });

    it('takes a delay in the past for now, and one of many days for what it is', async () => {
      const { clock, until } = makeRig();
      const calls: string[] = [];
      const far = clock.after(2 ** 33, () => calls.push('far'));
      clock.after(-5, () => calls.push('past'));
      await until('the call', () => calls.length > 0);
      assert.deepEqual(calls, ['past']);
      far.cancel();
    });

    it('moves forward, on both clocks', async () => {
      const { clock, until } = makeRig();
      const from = clock.now();
      await until('a moment', () => clock.now().mono >= from.mono + 5);
      assert.ok(clock.now().wall >= from.wall);
      assert.ok(from.wall > 1_600_000_000_000, 'the wall clock is UTC in ms');
    });
  });
}
