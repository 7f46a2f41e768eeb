import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from '../../../src/host/clock/index.ts';
import { describeClock } from '../../../../../test/contracts/clock.ts';

const DEADLINE_MS = 60_000;

describeClock('real', () => ({
  clock: createClock(),
  until: async (what, condition) => {
    for (const deadline = performance.now() + DEADLINE_MS; !condition() && performance.now() < deadline;)
      await sleep(2);
    assert.ok(condition(), `waited in vain: ${what}`);
  },
}));
