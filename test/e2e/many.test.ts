// Five hundred services at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const COUNT = 500;

test('500 services: up, status, another daemon, down', { timeout: 280_000 }, async (t) => {
  const services = Array.from({ length: COUNT }, (_, at) => `  s${at}: { command: [sleep, "86400"] }`);
  const system = new System(`services:\n${services.join('\n')}\n`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const report = JSON.parse(await system.succeeds('status', '--json')) as { services: { state: string }[] };
  assert.equal(report.services.filter(({ state }) => state === 'ready').length, COUNT);
  const pids = await system.pids();
  const daemon = system.daemon()!;
  signal(daemon, 'SIGKILL');
  await system.eventually('another daemon answers', async () => {
    const found = await system.status();
    return found !== null && found.daemon.pid !== daemon.pid;
  });
  assert.deepEqual(await system.pids(), pids);
  await system.down();
});
