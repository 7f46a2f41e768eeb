/**
 * What a prefix on each log line would cost: 100-byte lines written to memory as they are, and with 35 bytes in front
 * of each. Alternating rounds; the best of each counts. `node benchmarks/prefix.ts [rounds]`
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const BATCH_BYTES = 1 << 20;
const BATCHES = 200;
const NEWLINE = 10;
const rounds = Number(process.argv[2] ?? 5);
const file = path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), `mainstay-prefix-${process.pid}`);

const batch = Buffer.from(`${'x'.repeat(99)}\n`.repeat(BATCH_BYTES / 100));
const prefix = Buffer.from('2026-11-28T10:54:07.075Z out web/0 ');
const prefixed = Buffer.alloc(batch.length * 2);

/** Writes the batch with a prefix before each line. */
function writePrefixed(fd: number): void {
  let to = 0;
  for (let from = 0, end = batch.indexOf(NEWLINE); end >= 0; from = end + 1, end = batch.indexOf(NEWLINE, from)) {
    to += prefix.copy(prefixed, to);
    to += batch.copy(prefixed, to, from, end + 1);
  }
  fs.writeSync(fd, prefixed, 0, to, 0);
}

/** Bytes of lines a second, in GB. */
function measured(write: (fd: number) => void): number {
  const fd = fs.openSync(file, 'w');
  const began = performance.now();
  for (let n = 0; n < BATCHES; n++) write(fd);
  const seconds = (performance.now() - began) / 1000;
  fs.closeSync(fd);
  return (BATCHES * batch.length) / 1e9 / seconds;
}

let [plain, slow] = [0, 0];
try {
  for (let round = 0; round < rounds; round++) {
    plain = Math.max(
      plain,
      measured((fd) => void fs.writeSync(fd, batch, 0, batch.length, 0)),
    );
    slow = Math.max(slow, measured(writePrefixed));
  }
} finally {
  fs.rmSync(file, { force: true });
}
console.log(`as they are  ${plain.toFixed(2)} GB/s`);
console.log(`with prefix  ${slow.toFixed(2)} GB/s, ${(slow / plain).toFixed(3)} × as they are`);
