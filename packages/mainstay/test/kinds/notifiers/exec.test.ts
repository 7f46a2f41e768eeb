import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createMessenger } from '../../../src/registry/messenger.ts';
import { eventually } from '../context.ts';
import { message, sendContext } from './message.ts';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-exec-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const messenger = createMessenger();
const run = (command: string[], over: Parameters<typeof sendContext>[0] = {}) =>
  messenger.send('exec', { command }, message(), sendContext({ workingDirectory: folder, ...over }));

test('the program gets the message as JSON and in variables', async () => {
  const outcome = await run(['sh', '-c', 'cat > stdin.json; env | grep ^MAINSTAY_ > env.txt']);
  assert.deepEqual(outcome, { result: 'delivered', remark: null });
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'stdin.json'), 'utf8')), message());
  const env = readFileSync(join(folder, 'env.txt'), 'utf8');
  for (const line of ['MAINSTAY_ALERT_TITLE=DOWN postgres@web1 (#142)', 'MAINSTAY_ALERT_SEVERITY=critical']) {
    assert.ok(env.includes(`${line}\n`), line);
  }
});

test('exit codes decide, and standard error says why', async () => {
  assert.deepEqual(await run(['sh', '-c', 'echo relay down >&2; exit 75']), {
    result: 'retry',
    reason: 'sh ended with exit code 75: relay down',
    afterMs: null,
  });
  const refused = await run(['sh', '-c', 'exit 78']);
  assert.equal(refused.result, 'permanent');
  const missing = await run(['/nonexistent/program']);
  assert.deepEqual(missing, {
    result: 'permanent',
    reason: 'cannot run /nonexistent/program: there is no such program or directory',
  });
  writeFileSync(join(folder, 'plain'), '');
  assert.equal((await run([join(folder, 'plain')])).result, 'permanent');
  const killed = await run(['sh', '-c', 'kill -9 $$']);
  assert.equal(killed.result, 'retry');
});

test('a program that does not read its input is no failure', async () => {
  assert.equal((await run(['true'])).result, 'delivered');
});

test('what hangs is killed with its group at the deadline', async () => {
  const pidFile = join(folder, 'pid');
  const outcome = await run(['sh', '-c', `sleep 300 & echo $! > ${pidFile}; wait`], { timeoutMs: 2000 });
  assert.equal(outcome.result, 'retry');
  assert.match(outcome.result === 'retry' ? outcome.reason : '', /still ran after 2 s; killed/);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await eventually('the grandchild is gone', () => {
    try {
      return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  });
});

test('a program that has ended well has delivered, whoever still holds its standard error', async () => {
  const outcome = await run(['sh', '-c', 'setsid sleep 4 & sleep 0.5'], { timeoutMs: 2500 });
  assert.equal(outcome.result, 'delivered');
});

test('secrets of the environment are not said', async () => {
  const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', RELAY_TOKEN: 'open-sesame' };
  const outcome = await run(['sh', '-c', 'echo "bad token $RELAY_TOKEN" >&2; exit 1'], { environment });
  assert.match(outcome.result === 'retry' ? outcome.reason : '', /bad token \*\*\*/);
});
