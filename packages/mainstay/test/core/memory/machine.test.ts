/** The watch over memory: three measurements in a row above the limit, whatever came before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MEMORY_SAMPLES, MEMORY_UNDER, stepMemory, type MemoryEvent } from '../../../src/core/memory/index.ts';

const LIMIT = 100;
const seed = process.env['SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['SEED']);
console.log(`memory: SEED=${seed}`);

const event: fc.Arbitrary<MemoryEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: LIMIT - 3, max: LIMIT + 4 }).map((bytes) => ({ type: 'measured' as const, bytes })),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'reset' as const }) },
);

test('it is exceeded exactly after so many measurements in a row above the limit', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let state = MEMORY_UNDER;
      let inARow = 0;
      for (const one of events) {
        inARow = one.type === 'measured' && one.bytes > LIMIT ? inARow + 1 : 0;
        const moved = stepMemory(state, one, { limit: LIMIT });
        state = moved.state;
        const exceeded = inARow === MEMORY_SAMPLES;
        assert.deepEqual(
          moved.effects,
          exceeded && one.type === 'measured' ? [{ type: 'exceeded', bytes: one.bytes }] : [],
        );
        if (exceeded) inARow = 0;
        assert.deepEqual(state, { name: inARow === 0 ? 'under' : 'over', samples: inARow });
      }
    }),
    { seed, numRuns: 500 },
  );
});
