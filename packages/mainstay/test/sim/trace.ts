/** Plays one seed and prints its journal: `node packages/mainstay/test/sim/trace.ts SEED [FAULTS] [checks]`. */
import { simulate } from '../../src/sim/index.ts';

const [seed, faults = '50', checks] = process.argv.slice(2);
if (seed === undefined) throw new Error('which seed? node packages/mainstay/test/sim/trace.ts SEED [FAULTS] [checks]');
const { violations, ...counts } = await simulate({
  seed: Number(seed),
  faults: Number(faults),
  checks: checks === 'checks',
  trace: (line) => console.log(line),
});
console.log(counts);
for (const { at, invariant, detail } of violations) console.log(`violated at ${at} ms: ${invariant}: ${detail}`);
