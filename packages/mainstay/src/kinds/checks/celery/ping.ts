import { randomUUID } from 'node:crypto';
import type { ProbeContext } from '../../../ports/index.ts';
import type { Broker, Reply } from '../../kit/redis/index.ts';

/**
 * A ping as Celery 5 sends it (`celery inspect ping`): kombu's "pidbox" over its Redis transport
 * (https://github.com/celery/kombu, kombu/pidbox.py and kombu/transport/redis.py).
 */
const EXCHANGE = 'celery.pidbox';
const REPLIES = `reply.${EXCHANGE}`;
/** What kombu puts between the parts of a binding. */
const SEPARATOR = '\x06\x16';
/** In one look for an answer, s: as short as a Redis of version 5 waits. */
const LOOK_S = 1;

export interface Answers {
  /** Names of those that answered. */
  names: string[];
  /** Workers that the ping was delivered to: also one that is stopped or busy. */
  listening: number;
}

/** Pings every worker, and waits until as many have answered as listen, at most for `waitMs`. */
export async function ping(broker: Broker, context: ProbeContext, waitMs: number): Promise<Answers> {
  const { redis, database } = broker;
  const [id, ticket] = [randomUUID(), randomUUID()];
  const replies = `${id}.${REPLIES}`;
  const bindings = `_kombu.binding.${REPLIES}`;
  const binding = [id, '', replies].join(SEPARATOR);
  const names = new Set<string>();
  let isTidy = false;
  try {
    await redis.ask('SADD', bindings, binding);
    const message = request(id, ticket, (context.wallMs() + waitMs) / 1000);
    const listening = Number(await redis.ask('PUBLISH', `/${database}.${EXCHANGE}`, message));
    const until = context.monotonicMs() + waitMs;
    while (names.size < listening && context.monotonicMs() < until) {
      const reply = await redis.ask('BRPOP', replies, String(LOOK_S));
      const name = sender(reply, ticket);
      if (name !== null) names.add(name);
    }
    await redis.ask('SREM', bindings, binding);
    await redis.ask('DEL', replies);
    // One that has not answered may be about to.
    isTidy = names.size >= listening;
    return { names: [...names].sort(), listening };
  } finally {
    // Nobody else would ever remove them. Our own SADD may still be on its way, or workers about to answer: once more when
    // none has for a moment.
    if (!isTidy)
      void broker.afterwards(async (later) => {
        await later.ask('SREM', bindings, binding);
        while ((await later.ask('BRPOP', replies, String(LOOK_S))) !== null);
        await later.ask('SREM', bindings, binding);
        await later.ask('DEL', replies);
      });
  }
}

/** @param expires seconds since 1970: a worker that was stopped or busy does not answer later */
function request(id: string, ticket: string, expires: number): string {
  const body = {
    method: 'ping',
    arguments: {},
    destination: null,
    pattern: null,
    matcher: null,
    ticket,
    reply_to: { exchange: REPLIES, routing_key: id },
  };
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { clock: 1, expires },
    properties: {
      delivery_mode: 2,
      delivery_info: { exchange: EXCHANGE, routing_key: '' },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  });
}

/** Who answered this ping: `{"NAME": {"ok": "pong"}}`; null: nobody, or it was another. */
function sender(reply: Exclude<Reply, Error>, ticket: string): string | null {
  if (!Array.isArray(reply)) return null;
  try {
    const { headers, body } = JSON.parse(String(reply[1])) as { headers: { ticket?: string }; body: string };
    if (headers.ticket !== ticket) return null;
    const said: unknown = JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
    return typeof said === 'object' && said !== null ? (Object.keys(said)[0] ?? null) : null;
  } catch {
    return null;
  }
}
