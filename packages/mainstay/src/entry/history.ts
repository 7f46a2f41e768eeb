/**
 * Reads how services and checks stood from the store of a project whose daemon does not run, and prints it as the daemon's
 * `GET /api/v1/history` does: `node history.ts --store FILE --since MS --until MS`. Exit code 1 with one JSON object, as the
 * daemon's errors have it, on standard error.
 */
import { parseArgs } from 'node:util';
import { MainstayError, type HistoryLine } from '@mainstay/protocol';
import { outcomesOf, type Incident } from '../core/incident/index.ts';
import { completePlan, objectivesOf } from '../core/plan/index.ts';
import { storedIncidents } from '../daemon/journal.ts';
import { readEvents, readHistory, readResults, readSnapshot } from '../host/store/index.ts';
import type { HistoryPlace, ResultsPlace } from '../ports/index.ts';

const { values } = parseArgs({
  options: { store: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } },
});

/** Incidents that are looked through at most, the newest of them. */
const MOST_CLOSED = 10_000;
/** What is read for one piece of output. */
const PAGE = 5_000;

async function main(): Promise<void> {
  const path = values.store ?? '';
  const query = { since: Number(values.since ?? 0), until: Number(values.until ?? 0), limit: PAGE };
  let lines: HistoryLine[] = [];
  let open: readonly Incident[] = [];
  for (let after: HistoryPlace | null | undefined; after !== null;) {
    const page = readHistory(path, after === undefined ? query : { ...query, after });
    if (after === undefined) {
      const snapshot = readSnapshot(path);
      const plan = snapshot?.plan ?? null;
      open = storedIncidents(snapshot?.facts ?? {})?.open ?? [];
      const asked = plan === null ? { objective: null, objectives: {} } : objectivesOf(completePlan(plan));
      lines.push({ type: 'history', project: plan?.project ?? null, observed: page?.alive ?? null, ...asked });
    }
    for (const interval of page?.intervals ?? []) lines.push({ type: 'interval', ...interval });
    for (const restarts of page?.restarts ?? []) lines.push({ type: 'restarts', ...restarts });
    await print(lines);
    lines = [];
    after = page?.next ?? null;
  }
  const closed = readEvents(path, { types: ['incident.closed'], since: query.since, limit: MOST_CLOSED });
  for (const incident of [...closed.map(({ data }) => data['record'] as Incident), ...open]) {
    for (const outcome of outcomesOf(incident)) lines.push({ type: 'incident', ...outcome });
  }
  for (let after: ResultsPlace | null | undefined; after !== null;) {
    const page = readResults(path, after === undefined ? query : { ...query, after });
    for (const results of page?.results ?? []) lines.push({ type: 'results', ...results });
    await print(lines);
    lines = [];
    after = page?.next ?? null;
  }
  await print([{ type: 'done' }]);
}

/** Resolves when it was taken. */
function print(lines: readonly HistoryLine[]): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

// No top-level await: the shipped bundle is CommonJS.
void main().catch((error: unknown) => {
  if (!(error instanceof MainstayError)) throw error;
  process.stderr.write(`${JSON.stringify({ error: error.toJSON() })}\n`);
  process.exitCode = 1;
});
