import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Settler } from '../../../src/host/watch/settle.ts';
import type { Clock } from '../../../src/ports/index.ts';

/** A clock that goes on when it is told to. */
class ManualClock implements Clock {
  private mono = 0;
  private timers: { at: number; run: () => void }[] = [];

  now() {
    return { mono: this.mono, wall: this.mono };
  }

  after(delayMs: number, run: () => void) {
    const timer = { at: this.mono + delayMs, run };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  pass(ms: number): void {
    const end = this.mono + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.mono = next.at;
      next.run();
    }
    this.mono = end;
  }

  get armed(): number {
    return this.timers.length;
  }
}

function settler() {
  const clock = new ManualClock();
  const told: { at: number; paths: string[] }[] = [];
  const state = { busy: false };
  const settle = new Settler({
    clock,
    quietMs: 300,
    patienceMs: 2000,
    busy: () => state.busy,
    settled: (paths) => told.push({ at: clock.now().mono, paths }),
  });
  return { clock, told, settle, state };
}

test('many events become one, 300 ms after the last of them', () => {
  const { clock, told, settle } = settler();
  for (const path of ['a', 'b', 'a', 'c']) {
    settle.mark(path);
    clock.pass(200);
  }
  assert.deepEqual(told, []);
  clock.pass(99);
  assert.deepEqual(told, []);
  clock.pass(1);
  assert.deepEqual(told, [{ at: 900, paths: ['a', 'b', 'c'] }]);
  clock.pass(10_000);
  assert.equal(told.length, 1);
  assert.equal(clock.armed, 0);
});

test('a file that never rests is held back, and does not hold back the others for ever', () => {
  const { clock, told, settle } = settler();
  settle.mark('source');
  for (let count = 0; count < 100; count += 1) {
    settle.mark('log');
    clock.pass(100);
  }
  assert.equal(told.length, 1);
  assert.deepEqual(told[0]!.paths, ['source']);
  assert.ok(told[0]!.at >= 2000 && told[0]!.at <= 2300, String(told[0]!.at));
  clock.pass(300);
  assert.deepEqual(told[1]!.paths, ['log']);
});

test('while more may be coming, nothing is told', () => {
  const { clock, told, settle, state } = settler();
  state.busy = true;
  settle.mark('a');
  clock.pass(1000);
  settle.mark('b');
  state.busy = false;
  clock.pass(1000);
  assert.deepEqual(
    told.map(({ paths }) => paths),
    [['a', 'b']],
  );
});

test('nothing is told after the end', () => {
  const { clock, told, settle } = settler();
  settle.mark('a');
  settle.close();
  clock.pass(1000);
  assert.deepEqual(told, []);
  assert.equal(clock.armed, 0);
});
