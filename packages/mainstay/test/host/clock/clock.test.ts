import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { createClock, createRandom } from '../../../src/host/clock/index.ts';

describe('the real clock', () => {
  const clock = createClock();

  it('goes on, on both clocks, and in step with other processes of this boot', () => {
    const before = clock.now();
    const file = new URL('../../../src/host/clock/index.ts', import.meta.url).href;
    const text = `import(${JSON.stringify(file)}).then(({ createClock }) => console.log(createClock().now().mono))`;
    const other = Number(execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' }));
    const after = clock.now();
    assert.ok(before.mono < other && other < after.mono, `${before.mono} ${other} ${after.mono}`);
    assert.ok(Math.abs(before.wall - Date.now()) < 3_600_000);
  });

  it('never fires early, and in order', async () => {
    const fired: number[] = [];
    const from = clock.now().mono;
    await Promise.all(
      [30, 0.2, 10.7, 0, -5].map(
        (delay) =>
          new Promise<void>((resolve) => {
            clock.after(delay, () => {
              assert.ok(clock.now().mono - from >= delay);
              fired.push(delay);
              resolve();
            });
          }),
      ),
    );
    assert.equal(fired.at(-1), 30);
  });

  it('does not fire after a cancel, and not at once for a delay beyond what setTimeout takes', async () => {
    let fired = 0;
    const cancelled = clock.after(1, () => (fired += 1));
    cancelled.cancel();
    const long = clock.after(2 ** 31 + 1000, () => (fired += 1));
    await new Promise<void>((resolve) => void clock.after(50, resolve));
    long.cancel();
    assert.equal(fired, 0);
  });

  it('lets a process end that waits only for unreferenced timers', () => {
    const file = new URL('../../../src/host/clock/index.ts', import.meta.url).href;
    const text = `import(${JSON.stringify(file)}).then(({ createClock }) => createClock().after(1e9, () => {}).unref())`;
    execFileSync(process.execPath, ['-e', text], { timeout: 60_000 });
  });

  it('rolls dice between 0 and 1', () => {
    const random = createRandom();
    for (let roll = 0; roll < 100; roll += 1) {
      const value = random.next();
      assert.ok(value >= 0 && value < 1);
    }
  });
});
