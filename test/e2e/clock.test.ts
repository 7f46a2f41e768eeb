// The wall clock is set while a real daemon runs: its clock port is moved by what a file says.
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JournalEvent } from '@mainstay/protocol';
import { build, type Build } from '../support/builds.ts';
import { signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-clock-')));
const offset = join(folder, 'offset');
const HOUR = 3_600_000;
let moved: Build;

before(async () => {
  writeFileSync(offset, '0');
  const shifted = `Date.now() + Number(process.getBuiltinModule('node:fs').readFileSync(${JSON.stringify(offset)}, 'utf8'))`;
  moved = await build(join(folder, 'build'), '0.1.0', [
    ['host/clock/clock.ts', (text) => text.replace('wall: Date.now()', `wall: ${shifted}`)],
  ]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

for (const [what, by] of [
  ['back an hour', -HOUR],
  ['forward a day', 24 * HOUR],
] as const) {
  test(`the clock is set ${what}: nothing is restarted, and everything goes on at its pace`, async (t) => {
    writeFileSync(offset, '0');
    const system = new System(
      `
services:
  web: { command: [sleep, "86400"], restart_policy: { delay: 10ms }, healthcheck: { exec: [sh, -c, 'echo >>probes'], interval: 200ms } }
  held: { command: [sleep, "86400"], restart_policy: { delay: 10ms } }
  later: { command: [sh, -c, 'echo started >>later; exit 1'], restart_policy: { delay: 3s, factor: 1, jitter: 0%, max_attempts: 100 } }
`,
      '.mainstay',
      moved.bin,
    );
    t.after(() => system.end());
    await system.mainstay('up', '-d', '--timeout', '1s');
    const { 'web/0': web, 'held/0': held } = await system.pids();
    await system.succeeds('maintenance', 'on', 'held', '--for', '8s', '--reason', 'a test');
    const probes = (): number => system.read('probes').length;
    const starts = (): number => system.read('later').split('\n').length;

    writeFileSync(offset, String(by));
    const [probed, started] = [probes(), starts()];
    await system.eventually('it is probed on', () => probes() > probed + 10);
    await system.eventually('what waited is started', () => starts() > started);
    await system.eventually('the step is noticed', async () =>
      (await system.ask<JournalEvent[]>('/api/v1/events?limit=1000'))!.some(({ type }) => type === 'clock.stepped'),
    );
    assert.equal((await system.service('web')).pid, web);
    process.kill(held!, 'SIGKILL');
    const waiting = await system.service('held');
    if (waiting.pid !== null) assert.equal(waiting.pid, held);
    await system.replaced('held', held!);
    const types = (await system.ask<JournalEvent[]>('/api/v1/events?limit=1000'))!;
    const ended = types.findIndex(({ type }) => type === 'maintenance.ended');
    const spawned = types.findLastIndex(({ type, instance }) => type === 'instance.spawned' && instance === 'held/0');
    assert.ok(ended >= 0 && ended < spawned, 'the window ended in its own time, and held back until then');

    const daemon = system.daemon()!;
    writeFileSync(offset, '0');
    signal(daemon, 'SIGKILL');
    await system.eventually('another daemon answers', async () => {
      const report = await system.status();
      return report !== null && report.daemon.pid !== daemon.pid;
    });
    assert.equal((await system.service('web')).pid, web);
    await system.down();
  });
}
