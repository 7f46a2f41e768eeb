// Takes texts from a Redis list, counts their words and writes the result to PostgreSQL.
import { setTimeout as wait } from 'node:timers/promises';
import { openPool, openRedis } from './connections.mjs';
import { notify } from './notify.mjs';

const WAITING = 'texts:waiting';
/** What this worker has taken and not finished: it survives the worker, Redis and PostgreSQL. */
const TAKEN = 'texts:taken';

const pool = openPool();
const redis = openRedis();
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

notify('READY=1');
let clean = false;
while (!stopping.signal.aborted) {
  // Also while Redis or PostgreSQL is away: waiting for them is not hanging.
  notify('WATCHDOG=1');
  try {
    if (!redis.isReady) {
      clean = false;
      await wait(200);
      continue;
    }
    if (!clean) await putBack();
    clean = true;
    const job = await redis.blMove(WAITING, TAKEN, 'LEFT', 'RIGHT', 1);
    if (job !== null) await count(job);
  } catch (error) {
    clean = false;
    console.error(`trying again: ${error.message}`);
    await wait(500);
  }
}
await Promise.allSettled([redis.close(), pool.end()]);

async function count(job) {
  const { id, text } = JSON.parse(job);
  const words = text.split(/\s+/u).filter(Boolean).length;
  // A job that comes a second time changes nothing.
  await pool.query('INSERT INTO texts (id, text, words) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [id, text, words]);
  await redis.lRem(TAKEN, 1, job);
  console.log(`counted ${words} words of ${id}`);
}

/** What was taken and not finished goes back to the front. */
async function putBack() {
  while ((await redis.lMove(TAKEN, WAITING, 'RIGHT', 'LEFT')) !== null);
}
