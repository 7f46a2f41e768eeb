import type { ServerResponse } from 'node:http';
import type { HistoryLine } from '@mainstay/protocol';
import type { Clock, HistoryPage, HistoryPlace, Store } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { withDeadline } from '../deadline.ts';
import { drained, LineStream } from './http.ts';

/** Intervals that are read and sent in one go: the store's thread goes on to write between two pages. */
const PAGE = 1_000;
const UNREADABLE = 'cannot read how services stood: the state disk does not answer';

/** `GET /api/v1/history?since=MS&until=MS`: how everything stood, a line each; the reader does the arithmetic. */
export async function history(
  response: ServerResponse,
  url: URL,
  daemon: Daemon,
  store: Store,
  clock: Clock,
): Promise<void> {
  const observed = clock.now().wall;
  const since = Number(url.searchParams.get('since') ?? 0);
  const until = Number(url.searchParams.get('until') ?? observed);
  await withDeadline(daemon.commit(), clock, UNREADABLE);
  const lines = new LineStream(response);
  const write = (line: HistoryLine): void => lines.write(line);
  const { project } = daemon.coordinator.world.plan;
  for (let after: HistoryPlace | null | undefined; after !== null && !lines.signal.aborted;) {
    const query = { since, until, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page: HistoryPage = await withDeadline(store.history(query), clock, UNREADABLE);
    if (after === undefined) write({ type: 'history', project, observed });
    for (const interval of page.intervals) write({ type: 'interval', ...interval });
    for (const restarts of page.restarts) write({ type: 'restarts', ...restarts });
    await drained(response);
    after = page.next;
  }
  write({ type: 'done' });
  lines.end();
}
