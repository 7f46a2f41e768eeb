import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JournalEvent } from '@mainstay/protocol';
import type { EventQuery, Store } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { sendJson } from './http.ts';

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 10_000;
/** A reader that lets this many events pile up is too slow and is let go; it can come back with Last-Event-ID. */
const MAX_PENDING_BYTES = 1 << 20;

/** `GET /api/v1/events`: a list, or a stream that begins with what was missed. */
export async function events(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  daemon: Daemon,
  store: Store,
): Promise<void> {
  const query = queryOf(url);
  if (request.headers.accept?.includes('text/event-stream') !== true) {
    sendJson(response, 200, await store.events(query));
    return;
  }
  const last = Number(request.headers['last-event-id'] ?? url.searchParams.get('after') ?? daemon.journal.seq);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let sent = Number.isSafeInteger(last) ? last : daemon.journal.seq;
  const send = (event: JournalEvent): void => {
    if (event.seq <= sent) return;
    sent = event.seq;
    response.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > MAX_PENDING_BYTES) response.destroy();
  };
  // Live events wait until what was missed has been sent, so that the order is kept.
  let waiting: JournalEvent[] | null = [];
  const stop = daemon.journal.listen((event) => (waiting === null ? send(event) : waiting.push(event)));
  response.on('close', stop);
  if (sent < daemon.journal.seq) {
    await daemon.commit().catch(() => {});
    for (const event of await store.events({ after: sent, limit: MAX_LIMIT })) send(event);
  }
  for (const event of waiting) send(event);
  waiting = null;
  response.write(': following\n\n');
}

function queryOf(url: URL): EventQuery {
  const number = (name: string): number | null => {
    const value = Number(url.searchParams.get(name) ?? NaN);
    return Number.isFinite(value) && value >= 0 ? value : null;
  };
  const query: EventQuery = { limit: Math.min(number('limit') ?? DEFAULT_LIMIT, MAX_LIMIT) };
  const after = number('after');
  const since = number('since');
  const instance = url.searchParams.get('instance');
  const types = url.searchParams.get('types');
  if (after !== null) query.after = after;
  if (since !== null) query.since = since;
  if (instance !== null) query.instance = instance;
  if (types !== null) query.types = types.split(',');
  return query;
}
