/** The monitor as a process: what it finds of an earlier life, and that there is one at a time. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MonitorProcess } from '../../../../test/support/monitors.ts';
import { eventually } from '../../../../test/support/wait.ts';

const FILE = 'id: a\nproject: shop\ninterval: 1s\nchecks: { nobody: { tcp: "127.0.0.1:1" } }\n';

test('a damaged state is put aside, and a new one kept for its owner alone', async (t) => {
  const monitor = new MonitorProcess(FILE);
  t.after(() => monitor.end());
  const folder = join(monitor.folder, '.mainstay/monitor');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'monitor.json'), '{"version":1,"alerts":{"op');
  monitor.start();
  await eventually(
    'it runs',
    () => / nobody tcp fail /.test(monitor.log()),
    () => monitor.log(),
  );
  assert.match(
    monitor.log(),
    /the stored state is damaged or of another version: it is now .*monitor\.json\.damaged-\d+/,
  );
  const [aside] = readdirSync(folder).filter((name) => name.startsWith('monitor.json.damaged-'));
  assert.equal(readFileSync(join(folder, aside!), 'utf8'), '{"version":1,"alerts":{"op');
  await eventually('it is stored', () => readdirSync(folder).includes('monitor.json'));
  assert.equal(statSync(join(folder, 'monitor.json')).mode & 0o777, 0o600);
});

test('of two with one state directory the second says who runs', async (t) => {
  const first = new MonitorProcess(FILE);
  t.after(() => first.end());
  first.start();
  await eventually(
    'it runs',
    () => / started, pid /.test(first.log()),
    () => first.log(),
  );
  const second = new MonitorProcess(FILE);
  t.after(() => second.end());
  second.start('--state-dir', join(first.folder, '.mainstay'));
  await eventually(
    'it has ended',
    () => /try: /.test(second.log()),
    () => second.log(),
  );
  assert.match(second.log(), new RegExp(`cannot start in .*: mainstay \\S+ with pid ${first.pid} runs it`));
  assert.match(second.log(), /end that process, or give this monitor another --state-dir/);
});

test('a key that is too short is refused before anything begins', async (t) => {
  const monitor = new MonitorProcess(`${FILE}key: "\${KEY}"\n`);
  t.after(() => monitor.end());
  monitor.write('.env', 'KEY=short\n');
  monitor.start();
  await eventually(
    'it has ended',
    () => /try: /.test(monitor.log()),
    () => monitor.log(),
  );
  assert.match(monitor.log(), /cannot monitor: the key has 5 characters, and needs at least 16/);
});
