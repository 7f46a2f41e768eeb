// Writes numbered lines of 200 bytes, many at a time, and keeps beside them how many it wrote.
//   node flood.mjs NAME FOLDER LINES PAUSE [LIFE]    LINES at a time, then PAUSE ms; fails after LIFE ms, if given
// Each line is `NAME RUN NUMBER xxx…`; RUN is the pid and the time of the start, NUMBER has 12 digits. FOLDER/NAME.RUN holds the count, and
// ` ended` after it once the run has ended by itself or by SIGTERM: its count is then exact. Every second failure is a crash by a signal.
import { openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 200;
const DIGITS = 12;
const ZERO = 48;

const [name = '', folder = '.', lines = '1', pause = '1000', life = 'Infinity'] = process.argv.slice(2);
const earlier = readdirSync(folder).filter((file) => file.startsWith(`${name}.`)).length;
const run = `${process.pid}-${Date.now()}`;
const count = openSync(join(folder, `${name}.${run}`), 'w');
const head = `${name} ${run} `;
const line = Buffer.from(`${`${head}${'0'.repeat(DIGITS)} `.padEnd(BYTES - 1, 'x')}\n`);
const block = Buffer.concat(Array.from({ length: Number(lines) }, () => line));
const dies = Date.now() + Number(life);
let number = 0;
let asked = false;

process.on('SIGTERM', () => {
  asked = true;
});

function fill() {
  for (let at = head.length; at < block.length; at += BYTES) {
    let rest = ++number;
    for (let digit = DIGITS - 1; digit >= 0; digit--) {
      block[at + digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

function write() {
  fill();
  for (let at = 0; at < block.length;) at += writeSync(1, block, at);
  writeSync(count, String(number).padStart(DIGITS, '0'), 0);
  if (!asked && Date.now() < dies) {
    setTimeout(write, Number(pause));
    return;
  }
  writeSync(count, `${String(number).padStart(DIGITS, '0')} ended`, 0);
  if (asked) process.exit(0);
  if (earlier % 2 === 0) process.exit(1);
  process.kill(process.pid, 'SIGSEGV');
}
write();
