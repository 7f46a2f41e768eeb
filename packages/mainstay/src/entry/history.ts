/**
 * Reads how services and checks stood from the store of a project whose daemon does not run, and prints it as the daemon's
 * `GET /api/v1/history` does: `node history.ts --store FILE --since MS --until MS`. Exit code 1 with one JSON object, as the
 * daemon's errors have it, on standard error.
 */
import { parseArgs } from 'node:util';
import { MainstayError, type HistoryLine } from '@mainstay/protocol';
import { readHistory, readSnapshot } from '../host/store/index.ts';

const { values } = parseArgs({
  options: { store: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } },
});

/** One page: nobody else waits for this process. */
const ALL = 2 ** 31;

const print = (line: HistoryLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const path = values.store ?? '';
  const page = readHistory(path, { since: Number(values.since ?? 0), until: Number(values.until ?? 0), limit: ALL });
  print({
    type: 'history',
    project: readSnapshot(path)?.plan?.project ?? null,
    observed: page?.alive ?? null,
  });
  for (const interval of page?.intervals ?? []) print({ type: 'interval', ...interval });
  for (const restarts of page?.restarts ?? []) print({ type: 'restarts', ...restarts });
  print({ type: 'done' });
} catch (error) {
  if (!(error instanceof MainstayError)) throw error;
  process.stderr.write(`${JSON.stringify({ error: error.toJSON() })}\n`);
  process.exitCode = 1;
}
