import type { ServerResponse } from 'node:http';
import type { HistoryLine, JournalEvent } from '@mainstay/protocol';
import { outcomesOf, type Incident } from '../../core/incident/index.ts';
import { objectivesOf } from '../../core/plan/index.ts';
import type {
  Clock,
  EventQuery,
  HistoryPage,
  HistoryPlace,
  ResultsPage,
  ResultsPlace,
  Store,
} from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { withDeadline } from '../deadline.ts';
import { drained, LineStream } from './http.ts';

/** What is read and sent in one go: the store's thread goes on to write between two pages. */
const INTERVALS = 1_000;
const INCIDENTS = 100;
const RESULTS = 5_000;
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
  daemon.journal.keepSamples();
  const soon = <T>(answer: Promise<T>): Promise<T> => withDeadline(answer, clock, UNREADABLE);
  await soon(daemon.commit());
  const lines = new LineStream(response);
  const write = (line: HistoryLine): void => lines.write(line);
  const { plan } = daemon.coordinator.world;
  for (let after: HistoryPlace | null | undefined; after !== null && !lines.signal.aborted;) {
    const query = { since, until, limit: INTERVALS, ...(after === undefined ? {} : { after }) };
    const page: HistoryPage = await soon(store.history(query));
    if (after === undefined) write({ type: 'history', project: plan.project, observed, ...objectivesOf(plan) });
    for (const interval of page.intervals) write({ type: 'interval', ...interval });
    for (const restarts of page.restarts) write({ type: 'restarts', ...restarts });
    await drained(response);
    after = page.next;
  }
  for (let after: number | null = 0; after !== null && !lines.signal.aborted;) {
    const query: EventQuery = { types: ['incident.closed'], since, limit: INCIDENTS, choose: 'oldest', after };
    const events: JournalEvent[] = await soon(store.events(query));
    for (const { data } of events) {
      for (const outcome of outcomesOf(data['record'] as Incident)) write({ type: 'incident', ...outcome });
    }
    await drained(response);
    after = events.length < INCIDENTS ? null : (events.at(-1)?.seq ?? null);
  }
  for (const incident of daemon.coordinator.world.incidents.open) {
    for (const outcome of outcomesOf(incident)) write({ type: 'incident', ...outcome });
  }
  for (let after: ResultsPlace | null | undefined; after !== null && !lines.signal.aborted;) {
    const query = { since, until, limit: RESULTS, ...(after === undefined ? {} : { after }) };
    const page: ResultsPage = await soon(store.results(query));
    for (const results of page.results) write({ type: 'results', ...results });
    await drained(response);
    after = page.next;
  }
  write({ type: 'done' });
  lines.end();
}
