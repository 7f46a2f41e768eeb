// `npm test`: the gate (types, lint, format, house rules), then every test file. The last line is the result.
//   npm test                    everything
//   npm test -- path/filter …   only the test files whose path contains one of these
//   npm run gate                only the gate
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { realpathSync } from 'node:fs';
import { findTestFiles } from './test/files.ts';
import { GATE, runStep } from './test/gate.ts';
import { openSandbox } from './test/sandbox.ts';
import { createReport } from './test/report.ts';
import { runFile } from './test/run-file.ts';

/** A test file that has not ended after this long hangs, ms. */
const FILE_TIMEOUT = Number(process.env['MAINSTAY_TEST_FILE_TIMEOUT'] ?? 300_000);

const args = process.argv.slice(2);
const gateOnly = args.includes('--gate-only');
const unknown = args.filter((arg) => arg.startsWith('-') && arg !== '--gate-only');
const filters = args.filter((arg) => !arg.startsWith('-'));
const root = process.env['MAINSTAY_TEST_ROOT'] ?? realpathSync(fileURLToPath(new URL('..', import.meta.url)));
const report = createReport({ ci: process.env['CI'] === 'true' });

if (unknown.length > 0) {
  process.stderr.write(`cannot run tests: unknown option ${unknown.join(', ')}; try: npm test -- path/of/a/test\n`);
  process.exitCode = 2;
} else {
  await main();
}

async function main(): Promise<void> {
  const files = gateOnly ? [] : findTestFiles(root, filters);
  if (filters.length > 0 && files.length === 0)
    report.failed('tests', `no test file's path contains ${filters.join(' or ')}`);
  if (filters.length === 0) for (const step of GATE) report.step(await runStep(step, root));
  if (files.length > 0) await runFiles(files);
  process.exitCode = report.finish();
}

/** Runs the files a few at a time, each in its own process and all in one sandbox. */
async function runFiles(files: readonly string[]): Promise<void> {
  const sandbox = openSandbox();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(signal));

  const queue = [...files];
  const lane = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !stop.signal.aborted; file = queue.shift()) {
      report.file(await runFile({ root, file, env: sandbox.env, timeout: FILE_TIMEOUT, signal: stop.signal }));
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));

  if (stop.signal.aborted) report.failed('tests', `stopped by ${String(stop.signal.reason)}`);
  for (const leak of await sandbox.close()) report.failed('nothing left behind', leak);
}
