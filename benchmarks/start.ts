// What a command costs before it does anything: `mainstay --version` as shipped against `node -e 0` on the same Node,
// by turns, so that a busy machine slows both. The target is at most 1.5 times that plus 30 ms.
//   npm run build && node benchmarks/start.ts [runs]
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runs = Number(process.argv[2] ?? 40);
const source = fileURLToPath(new URL('../packages/mainstay', import.meta.url));
if (!existsSync(join(source, 'dist/cli.cjs')))
  throw new Error('cannot measure: there is no bundle; try: npm run build');

// In a checkout the launcher prefers the sources, so what is shipped is copied elsewhere.
const folder = mkdtempSync(join(tmpdir(), 'start-'));
for (const name of ['bin', 'dist', 'package.json']) cpSync(join(source, name), join(folder, name), { recursive: true });
const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
const launcher = join(folder, 'bin/mainstay.cjs');

const commands = { 'node -e 0': ['-e', '0'], '--version': [launcher, '--version'], '--help': [launcher, '--help'] };
const times: Record<string, number[]> = {};
for (let run = -3; run < runs; run++) {
  for (const [name, args] of Object.entries(commands)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    const took = performance.now() - start;
    if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
    if (run >= 0) (times[name] ??= []).push(took); // the first rounds fill the caches
  }
}
rmSync(folder, { recursive: true });

const median = (values: readonly number[] = []): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const bare = median(times['node -e 0']);
for (const [name, values] of Object.entries(times)) {
  const value = median(values);
  process.stdout.write(`${name.padEnd(10)} ${value.toFixed(1)} ms, ${(value / bare).toFixed(2)} × node -e 0\n`);
}
const version = median(times['--version']);
const met = version <= 1.5 * bare + 30;
process.stdout.write(`target for --version: ${(1.5 * bare + 30).toFixed(1)} ms: ${met ? 'met' : 'missed'}\n`);
