// Writes numbered lines, and keeps beside them how many it wrote.
//   node logger.mjs NAME FOLDER LINES PAUSE    LINES at a time, then PAUSE ms
// Each line is `NAME RUN NUMBER filling`; RUN is the pid. FOLDER/NAME.RUN holds the count, always 12 digits. A line is
// written before it is counted, so a log may hold one more than the count of a run that was killed.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [name = '', folder = '.', lines, pause] = process.argv.slice(2);
const count = openSync(join(folder, `${name}.${process.pid}`), 'w');
const filling = 'x'.repeat(40);
let number = 0;

function write() {
  for (let one = 0; one < Number(lines); one++) {
    number++;
    writeSync(1, `${name} ${process.pid} ${number} ${filling.slice(number % 40)}\n`);
    writeSync(count, String(number).padStart(12, '0'), 0);
  }
  setTimeout(write, Number(pause));
}
write();
