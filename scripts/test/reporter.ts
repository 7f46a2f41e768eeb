// Runs inside each test process (node --test-reporter): writes the events that count, one JSON line each, to the file
// named by MAINSTAY_TEST_EVENTS. Written at once, so that a process that crashes or exits leaves what came before.
import { appendFileSync } from 'node:fs';
import { inspect } from 'node:util';
import type { TestEvent } from 'node:test/reporters';

/** One line of the events file. */
export type TestRecord =
  | { readonly type: 'pass'; readonly name: string }
  | { readonly type: 'skip'; readonly name: string; readonly reason: string }
  | { readonly type: 'fail'; readonly name: string; readonly error: string }
  | { readonly type: 'note'; readonly text: string };

/** Node's own totals arrive as notes too. */
const TOTALS = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path = process.env['MAINSTAY_TEST_EVENTS'] ?? '';
  const parents: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:start') parents.splice(event.data.nesting, Infinity, event.data.name);
    const record = toRecord(event, parents);
    if (record) appendFileSync(path, `${JSON.stringify(record)}\n`);
  }
  yield '';
}

function toRecord(event: TestEvent, parents: readonly string[]): TestRecord | null {
  if (event.type === 'test:diagnostic')
    return TOTALS.test(event.data.message) ? null : { type: 'note', text: event.data.message };
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return null;
  const { data } = event;
  const name = [...parents.slice(0, data.nesting), data.name].join(' › ');
  const set = data.skip ?? data.todo;
  if (set !== undefined) return { type: 'skip', name, reason: typeof set === 'string' ? set : '' };
  if (event.type === 'test:pass') return data.details.type === 'suite' ? null : { type: 'pass', name };
  const { error } = event.data.details;
  // What failed is below it and has its own line.
  if ('failureType' in error && error.failureType === 'subtestsFailed') return null;
  return { type: 'fail', name, error: describe(error) };
}

/** node:test wraps what was thrown; the cause is what a person wants to see. */
function describe(error: Error): string {
  const thrown = error.cause ?? error;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 4, colors: false });
}
