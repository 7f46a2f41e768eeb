import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JournalEvent } from '@mainstay/protocol';
import type { Clock, EventQuery, Store } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { withDeadline } from '../deadline.ts';
import { drained, sendJson } from './http.ts';

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 10_000;
/** What was missed is read and sent in parts of this many. */
const PAGE = 500;
/** A reader that lets this many events pile up is too slow and is let go; it can come back with Last-Event-ID. */
const MAX_PENDING_BYTES = 1 << 20;

/** Why nothing of the journal can be told. */
export const UNREADABLE = 'cannot read the journal: the state disk does not answer';

/** `GET /api/v1/events`: a list, or a stream that begins with what was missed. */
export async function events(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  daemon: Daemon,
  store: Store,
  clock: Clock,
): Promise<void> {
  const query = queryOf(url);
  if (request.headers.accept?.includes('text/event-stream') !== true) {
    sendJson(response, 200, await withDeadline(store.events(query), clock, UNREADABLE));
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
  const stop = daemon.journal.listen((event) => {
    if (waiting === null) send(event);
    else if (waiting.push(event) > MAX_LIMIT) response.destroy();
  });
  response.on('close', stop);
  if (sent < daemon.journal.seq) {
    await daemon.commit().catch(() => {});
    for (let more = true; more && !response.destroyed;) {
      const page = await store.events({ after: sent, limit: PAGE, choose: 'oldest' });
      for (const event of page) send(event);
      await drained(response);
      more = page.length === PAGE;
    }
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
