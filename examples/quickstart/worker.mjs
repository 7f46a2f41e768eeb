// Takes jobs from the database and draws a portrait for each entry of the guestbook.
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { openDatabase } from './database.mjs';
import { notify } from './notify.mjs';

// A job that was taken so many seconds ago and is still there belonged to a worker that died.
const LEASE = 5;

const database = openDatabase();
const take = database.prepare(
  `UPDATE jobs SET taken_at = unixepoch() WHERE id =
     (SELECT id FROM jobs WHERE taken_at IS NULL OR taken_at <= unixepoch() - ${LEASE} ORDER BY id LIMIT 1)
   RETURNING id, entry`,
);
const read = database.prepare('SELECT name FROM entries WHERE id = ?');
const save = database.prepare('UPDATE entries SET portrait = ? WHERE id = ?');
const finish = database.prepare('DELETE FROM jobs WHERE id = ?');

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

console.log('waiting for jobs');
notify('READY=1');
while (!stopping.signal.aborted) {
  notify('WATCHDOG=1');
  const job = take.get();
  if (job === undefined) {
    await wait(200);
    continue;
  }
  const { name } = read.get(job.entry);
  await wait(1000); // Drawing is hard work.
  database.exec('BEGIN');
  save.run(portrait(name), job.entry);
  finish.run(job.id);
  database.exec('COMMIT');
  console.log(`drew ${name}`);
}
console.log('the last job is done');
database.close();

/** A symmetric pattern and a colour that belong to a name. */
function portrait(name) {
  const bytes = createHash('sha256').update(name).digest();
  const cells = [];
  for (let y = 0; y < 5; y += 1) {
    for (let x = 0; x < 3; x += 1) {
      if (bytes[y * 3 + x] % 2 === 0) continue;
      cells.push(`M${x} ${y}h1v1h-1z`, `M${4 - x} ${y}h1v1h-1z`);
    }
  }
  return `<svg viewBox="0 0 5 5" fill="hsl(${(bytes[20] * 360) >> 8} 55% 45%)"><path d="${cells.join('')}"/></svg>`;
}
