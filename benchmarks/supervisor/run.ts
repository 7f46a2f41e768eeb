/**
 * mainstay as it is shipped beside a bare `child_process.spawn` loop on the same Node, in one run:
 *
 *   npm run build && node benchmarks/supervisor/run.ts [--only crash,scale,…] [--quick] [--json FILE]
 *
 * Needs nothing but Node. Absolute numbers move with the machine: compare the ratios. About 10 minutes in full.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { shipped } from './kit.ts';
import { MEASURES, type Row, type Scale } from './measures.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'string' } },
});
const wanted = values.only?.split(',') ?? Object.keys(MEASURES);
const unknown = wanted.find((name) => !(name in MEASURES));
if (unknown !== undefined) throw new Error(`cannot measure ${unknown}; known: ${Object.keys(MEASURES).join(', ')}`);
const scale: Scale = values.quick
  ? { rounds: 5, sizes: [1, 100], idleSeconds: 20, logMegabytes: 100 }
  : { rounds: 15, sizes: [1, 100, 500], idleSeconds: 60, logMegabytes: 500 };

const machine = {
  version: await shipped(),
  processors: `${cpus().length} × ${cpus()[0]?.model}`,
  kernel: release(),
  node: process.version,
};
process.stdout.write(
  `mainstay ${machine.version}, ${machine.processors}, Linux ${machine.kernel}, load ${loadavg()[0]?.toFixed(1)}\n\n`,
);
const rows: (Row & { load: number })[] = [];
for (const name of wanted) {
  const load = loadavg()[0] ?? 0;
  for (const row of await MEASURES[name as keyof typeof MEASURES](scale)) {
    rows.push({ ...row, load });
    const verdict = row.reached === null ? '' : row.reached ? 'reached' : 'NOT reached';
    process.stdout.write(`${row.measure}\n    ${row.value}; goal ${row.goal}: ${verdict}\n`);
  }
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`);
