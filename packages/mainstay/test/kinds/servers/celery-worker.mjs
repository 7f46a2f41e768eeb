// A worker of Celery as far as pings go: what it subscribes to, and its answers, are those of Celery 5.2.6 with kombu 5.2.4, as recorded with
// MONITOR of Redis. node celery-worker.mjs PORT DATABASE NAME
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';

const [port = '', database = '', name = ''] = process.argv.slice(2);
const url = `redis://127.0.0.1:${port}/${database}`;
const [listener, speaker] = await Promise.all([createClient({ url }).connect(), createClient({ url }).connect()]);
await speaker.sAdd('_kombu.binding.celery.pidbox', `\x06\x16\x06\x16${name}.celery.pidbox`);
await listener.pSubscribe(`/${database}.celery.pidbox`, (text) => void answer(JSON.parse(text)));
process.stdout.write('ready\n');

/** @param {any} message */
async function answer({ body, headers }) {
  if (headers.expires < Date.now() / 1000) return;
  const { method, ticket, reply_to: to } = JSON.parse(Buffer.from(body, 'base64').toString());
  if (method !== 'ping') return;
  const suffix = `\x06\x16\x06\x16`;
  const bindings = await speaker.sMembers('_kombu.binding.reply.celery.pidbox');
  const queue = bindings.find((one) => one.startsWith(`${to.routing_key}${suffix}`))?.split(suffix)[1];
  if (queue === undefined) return;
  const reply = {
    body: Buffer.from(JSON.stringify({ [name]: { ok: 'pong' } })).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { ticket, clock: 3 },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: to.exchange, routing_key: to.routing_key },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  };
  await speaker.lPush(queue, JSON.stringify(reply));
}
