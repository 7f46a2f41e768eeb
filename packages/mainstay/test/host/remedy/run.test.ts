/** A program that is run because of a check: told why by its environment, ended with its group at its timeout. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runProgram } from '../../../src/host/remedy/index.ts';
import type { RemedyRun, StepResult } from '../../../src/ports/index.ts';
import { eventually } from '../../../../../test/support/wait.ts';

function run(
  t: TestContext,
  command: string[],
  more: Partial<RemedyRun> = {},
): { folder: string; result: Promise<StepResult> } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-run-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const environment = { PATH: process.env['PATH'] ?? '' };
  const job = { program: command[0] ?? '', command, environment, workingDirectory: folder, timeoutMs: 60_000, ...more };
  return { folder, result: runProgram(job) };
}

test('its last line is told, all of the end of its output is kept, and arguments are not read by a shell', async (t) => {
  const { result, folder } = run(t, ['sh', '-c', 'pwd; echo "$1"; echo "$MAINSTAY_CHECK" >&2', 'x', '$(id); rm *'], {
    environment: { PATH: process.env['PATH'] ?? '', MAINSTAY_CHECK: 'site' },
  });
  const { ok, text, data } = await result;
  assert.equal(ok, true);
  const output = String(data['output']).split('\n');
  assert.deepEqual(output.toSorted(), [folder, '$(id); rm *', 'site'].toSorted());
  assert.match(text, /^sh: exit code 0: /);
});

test('an exit code that is not 0 and a program that is not there are failures', async (t) => {
  assert.match((await run(t, ['sh', '-c', 'echo no >&2; exit 3']).result).text, /exit code 3: no/);
  const missing = await run(t, ['no-such-program-at-all']).result;
  assert.deepEqual([missing.ok, /no such program/.test(missing.text)], [false, true], missing.text);
});

test('at its timeout it is killed with what it started', async (t) => {
  const { result, folder } = run(t, ['sh', '-c', 'sleep 86400 & echo $! > child; wait'], { timeoutMs: 1_500 });
  const { ok, text } = await result;
  assert.deepEqual([ok, /killed after 1.5 s/.test(text)], [false, true], text);
  const pid = Number(readFileSync(join(folder, 'child'), 'utf8'));
  const isGone = (): boolean => {
    try {
      return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return true;
    }
  };
  await eventually('its child is gone', isGone);
});

test('of much output the end is kept', async (t) => {
  const { data } = await run(t, ['sh', '-c', 'seq 1 20000']).result;
  const output = String(data['output']);
  assert.ok(output.length <= 4096);
  assert.match(output, /20000$/);
});
