/**
 * Reads how services and checks stood from the store of a project whose daemon does not run, and prints it as the daemon's
 * `GET /api/v1/history` does: `node history.ts --store FILE --since MS --until MS`. Exit code 1 with one JSON object, as the
 * daemon's errors have it, on standard error.
 */
import { parseArgs } from 'node:util';
import { MainstayError, type HistoryLine } from '@mainstay/protocol';
import type { HistoryPlace } from '../ports/index.ts';
import { readHistory, readSnapshot } from '../host/store/index.ts';

const { values } = parseArgs({
  options: { store: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } },
});

/** Intervals in one piece of output. */
const PAGE = 5_000;

async function main(): Promise<void> {
  const path = values.store ?? '';
  const query = { since: Number(values.since ?? 0), until: Number(values.until ?? 0), limit: PAGE };
  let lines: HistoryLine[] = [];
  for (let after: HistoryPlace | null | undefined; after !== null;) {
    const page = readHistory(path, after === undefined ? query : { ...query, after });
    if (after === undefined) {
      const project = readSnapshot(path)?.plan?.project ?? null;
      lines.push({ type: 'history', project, observed: page?.alive ?? null });
    }
    for (const interval of page?.intervals ?? []) lines.push({ type: 'interval', ...interval });
    for (const restarts of page?.restarts ?? []) lines.push({ type: 'restarts', ...restarts });
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
