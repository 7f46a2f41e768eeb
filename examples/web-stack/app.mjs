// The app: takes texts, puts them on a Redis list for the worker, and shows what the worker wrote to PostgreSQL.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { openPool, openRedis } from './connections.mjs';
import { notify } from './notify.mjs';
import { page } from './page.mjs';

const pool = openPool();
const redis = openRedis();

const routes = {
  'GET /': async (_request, response) => {
    const { rows } = await pool.query('SELECT text, words, counted_at FROM texts ORDER BY counted_at DESC LIMIT 20');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(rows, await redis.lLen('texts:waiting')));
  },

  'POST /texts': async (request, response) => {
    if (!(Number(request.headers['content-length']) <= 60_000)) return json(response, 413, { error: 'too long' });
    const text = new URLSearchParams(await bodyOf(request)).get('text')?.trim();
    if (!text) return json(response, 400, { error: 'a text, please' });
    const id = randomUUID();
    await redis.rPush('texts:waiting', JSON.stringify({ id, text }));
    response.setHeader('location', '/');
    json(response, 303, { id });
  },

  'GET /texts': async (request, response) => {
    const id = new URL(request.url, 'http://app').searchParams.get('id');
    const { rows } = await pool.query('SELECT id, words FROM texts WHERE id::text = $1', [id]);
    json(response, rows.length === 0 ? 404 : 200, rows[0] ?? { error: 'not counted yet' });
  },

  // Of this process alone; mainstay watches the others itself.
  'GET /health': (_request, response) => json(response, 200, { status: 'healthy' }),

  'GET /health/ready': async (_request, response) => {
    const [database] = await Promise.allSettled([pool.query('SELECT 1')]);
    const parts = { postgres: database.status === 'fulfilled' ? 'up' : 'down', redis: redis.isReady ? 'up' : 'down' };
    json(response, Object.values(parts).includes('down') ? 503 : 200, parts);
  },
};

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  try {
    if (route === undefined) json(response, 404, { error: 'not here' });
    else await route(request, response);
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    if (!response.headersSent) json(response, 503, { error: 'try again in a moment' });
  }
});

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${process.env.PORT}/`);
  notify('READY=1');
});
const heartbeat = setInterval(() => notify('WATCHDOG=1'), 1000);

process.on('SIGTERM', () => {
  clearInterval(heartbeat);
  server.close(async () => {
    await Promise.allSettled([redis.close(), pool.end()]);
  });
  server.closeIdleConnections();
});
