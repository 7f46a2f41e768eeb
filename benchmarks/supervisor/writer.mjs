// Writes numbered lines of 100 bytes to standard output: `node writer.mjs LINES MEGABYTES_PER_SECOND` (0: as fast as it is
// taken), then sleeps. It writes 1 MB at a time at full speed, so that it is not what is measured.
import { writeSync } from 'node:fs';

const [lines, rate] = process.argv.slice(2).map(Number);
const PER_BLOCK = rate === 0 ? 10_000 : 1000;
const LINE = 100;
const block = Buffer.alloc(PER_BLOCK * LINE, `${'0'.repeat(12)} ${'x'.repeat(86)}\n`, 'latin1');
const from = performance.now();

function number(line, value) {
  for (let at = line * LINE + 11; at >= line * LINE; at -= 1) {
    block[at] = 48 + (value % 10);
    value = Math.floor(value / 10);
  }
}

for (let first = 0; first < lines; first += PER_BLOCK) {
  const count = Math.min(PER_BLOCK, lines - first);
  for (let line = 0; line < count; line += 1) number(line, first + line);
  for (let at = 0; at < count * LINE;) at += writeSync(1, block, at, count * LINE - at);
  if (rate > 0) {
    const due = ((first + count) * LINE) / (rate * 1000) - (performance.now() - from);
    if (due > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, due);
  }
}
setInterval(() => undefined, 1_000_000);
