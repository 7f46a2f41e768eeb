// The web app: shows the guestbook, takes entries, says how it is, and has a bug.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { openDatabase } from './database.mjs';
import { notify } from './notify.mjs';
import { page } from './page.mjs';

const port = Number(process.env.PORT ?? 7171);
const database = openDatabase();
const newest = database.prepare('SELECT name, message, at, portrait FROM entries ORDER BY id DESC LIMIT 20');
const counts = database.prepare(
  'SELECT (SELECT count(*) FROM entries) AS entries, (SELECT count(*) FROM jobs) AS jobs',
);
const addEntry = database.prepare('INSERT INTO entries (name, message, at) VALUES (?, ?, unixepoch())');
const addJob = database.prepare('INSERT INTO jobs (entry) VALUES (?)');

const routes = {
  'GET /': (_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(newest.all(), process.pid));
  },

  'POST /entries': async (request, response) => {
    if (!(Number(request.headers['content-length']) <= 10_000)) return answer(response, 413, 'too long');
    const form = new URLSearchParams(await text(request));
    const name = form.get('name')?.trim().slice(0, 60);
    const message = form.get('message')?.trim().slice(0, 400);
    if (!name || !message) return answer(response, 400, 'a name and a message, please');
    database.exec('BEGIN');
    addJob.run(addEntry.run(name, message).lastInsertRowid);
    database.exec('COMMIT');
    console.log(`${name} signed`);
    response.writeHead(303, { location: '/' }).end();
  },

  'GET /health': (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'healthy', ...counts.get() }));
  },

  // The planted bug: an exception out of an event handler, which nothing catches. The process ends with exit code 1.
  'GET /crash': (_request, response) => {
    response.on('close', () => {
      const guest = undefined;
      console.log(`goodbye ${guest.name}`);
    });
    answer(response, 200, 'crashing');
  },

  // The other one: an endless loop. The process lives on and answers nobody; only the watchdog or the healthcheck notices.
  'GET /hang': (_request, response) => {
    response.on('close', () => {
      console.log('hanging');
      for (;;);
    });
    answer(response, 200, 'hanging');
  },
};

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  try {
    if (route === undefined) answer(response, 404, 'not here');
    else await route(request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) answer(response, 500, 'something went wrong');
  }
});

function answer(response, status, message) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`);
}

server.listen(port, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${port}/`);
notify('READY=1');
const heartbeat = setInterval(() => notify('WATCHDOG=1'), 1000);

process.on('SIGTERM', () => {
  console.log('finishing what is being answered');
  clearInterval(heartbeat);
  server.close(() => database.close());
  server.closeIdleConnections();
});
