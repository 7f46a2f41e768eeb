/**
 * From a failure to the event that says `fail`: ten checks that look at different times, interval 10 s, timeout 5 s, one failure. The
 * arithmetic limit is known for each check: it looks next an interval after it last arrived; one that hangs is given up 5 s
 * later. What comes on top of that is what is measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Mainstay, Target } from './kit.ts';
import type { Row } from './row.ts';
import type { Failure } from './target.ts';

const CHECKS = 10;
const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 5000;
const MOST_MS = 500;

interface StateEvent {
  at: number;
  type: string;
  data: { check?: string; to?: string };
}

export async function detect(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const failure of ['refuse', '500', 'hang'] as const) {
    const { sinceFailure, onTop } = await measured(failure);
    const mean = sinceFailure.reduce((sum, one) => sum + one, 0) / sinceFailure.length;
    const most = Math.max(...onTop);
    rows.push({
      measure: `detection, ${failure === '500' ? 'answers 500' : failure === 'hang' ? 'accepts, never answers' : 'refuses'}`,
      value: `${most.toFixed(0)} ms above the arithmetic limit at most; ${mean.toFixed(0)} ms after the failure on average`,
      goal: `<= ${MOST_MS} ms above`,
      reached: most <= MOST_MS,
    });
  }
  return rows;
}

async function measured(failure: Exclude<Failure, null>): Promise<{ sinceFailure: number[]; onTop: number[] }> {
  await using target = await Target.start();
  await using mainstay = new Mainstay();
  const timing = { interval: `${INTERVAL_MS}ms`, timeout: `${TIMEOUT_MS}ms`, retries: 1 };
  const checks = Array.from({ length: CHECKS }, (_, at) => [
    `c${at}`,
    { http: `http://127.0.0.1:${target.http}/t/${at}`, ...timing },
  ]);
  await mainstay.up({ services: { quiet: { command: ['sleep', '100000'] } }, checks: Object.fromEntries(checks) });
  await sleep(2.5 * INTERVAL_MS);
  const last = new Map(await target.arrivals());
  const failedAt = await target.fail(failure);
  for (const [id, at] of await target.arrivals()) if (at <= failedAt) last.set(id, at);
  await sleep(INTERVAL_MS + TIMEOUT_MS + 3000);
  const events = (await mainstay.command('events', '--json', '-n', '1000'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StateEvent);
  // Events have the time of the wall clock, arrivals the monotonic one.
  const offset = Date.now() - Number(process.hrtime.bigint()) / 1e6;
  const sinceFailure: number[] = [];
  const onTop: number[] = [];
  for (const [id, at] of last) {
    const event = events.find(
      ({ type, data }) => type === 'check.state' && data.check === `c${id}` && data.to === 'fail',
    );
    if (event === undefined) throw new Error(`nothing says that c${id} fails`);
    const seen = event.at - offset;
    sinceFailure.push(seen - failedAt);
    onTop.push(seen - (at + INTERVAL_MS + (failure === 'hang' ? TIMEOUT_MS : 0)));
  }
  return { sinceFailure, onTop };
}
