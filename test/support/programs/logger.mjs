// Writes numbered lines, and keeps beside them how many it wrote.
//   node logger.mjs NAME FOLDER LINES PAUSE [LIMIT]    LINES at a time, then PAUSE ms; ends after LIMIT lines
// Each line is `NAME RUN NUMBER filling`; RUN is the pid and the time of the start. FOLDER/NAME.RUN holds the count, always 12 digits. A line is
// written before it is counted, so a log may hold one more than the count of a run that was killed. Every 500th line is
// long. The last line before LIMIT has no newline.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [name = '', folder = '.', lines, pause, limit = 'Infinity'] = process.argv.slice(2);
const run = `${process.pid}-${Date.now()}`;
const count = openSync(join(folder, `${name}.${run}`), 'w');
let number = 0;

/** @param {string} text */
function out(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
}

function write() {
  for (let one = 0; one < Number(lines); one++) {
    number++;
    const last = number >= Number(limit);
    out(`${name} ${run} ${number} ${'x'.repeat(number % 500 === 0 ? 20_000 : 40 - (number % 40))}${last ? '' : '\n'}`);
    writeSync(count, String(number).padStart(12, '0'), 0);
    if (last) process.exit(0);
  }
  setTimeout(write, Number(pause));
}
write();
