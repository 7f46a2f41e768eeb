// The kind systemd: what systemctl prints, and what that means. The systemctl here is a script that prints what systemd 252 printed:
// a real one has to be the first process of a machine. (C15, R5)
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';
import { makeFolder } from '../servers/program.ts';

const folder = makeFolder('systemd');
after(() => folder[Symbol.dispose]());

/** From now on, systemctl is these lines of sh. */
function systemctl(script: string): void {
  const path = join(folder.path, 'systemctl');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const says = (properties: Record<string, string | number>): void =>
  systemctl(
    `cat <<'END'\n${Object.entries(properties)
      .map((pair) => pair.join('='))
      .join('\n')}\nEND`,
  );

const ACTIVE = {
  Type: 'simple',
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  Result: 'success',
  NRestarts: 0,
  ExecMainCode: 0,
  ExecMainStatus: 0,
  ExecMainExitTimestampMonotonic: 0,
  ActiveEnterTimestampMonotonic: 1_000_000,
};

const environment = { PATH: `${folder.path}:${process.env['PATH'] ?? '/usr/bin:/bin'}` };

const probe = (target: Record<string, unknown> = {}, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe(
    'systemd',
    CHECKS['systemd']!.schema.parse({ unit: 'web', ...target }),
    context({ environment, ...options }),
  );

test('a unit that is active; how it is asked', async () => {
  says(ACTIVE);
  const seen = await probe();
  assert.equal(seen.status, 'pass');
  assert.match(seen.message, /^web: active \(running\) since \d+ (s|min|h|d)$/);
  assert.deepEqual(
    [seen.data!['state'], seen.data!['restarts'], typeof seen.data!['age']],
    ['active (running)', 0, 'number'],
  );
  systemctl('echo "$1 $2 $3 $5 $6" >&2; exit 1');
  const asked = await probe({ unit: 'backup.timer', user: true });
  assert.match(asked.message, /^systemctl: --user show --no-pager -- backup\.timer$/);
});

test('what is wrong with a unit', async () => {
  const cases: [Record<string, string | number>, string, string][] = [
    [{ LoadState: 'not-found', ActiveState: 'inactive' }, 'fail', 'there is no such unit'],
    [{ LoadState: 'masked', ActiveState: 'inactive' }, 'fail', 'is masked: it cannot be started'],
    [
      { LoadState: 'bad-setting', LoadError: 'org.x "Invalid argument"' },
      'fail',
      'could not be read (bad-setting) org.x "Invalid argument"',
    ],
    [{ ActiveState: 'inactive', SubState: 'dead' }, 'fail', 'is stopped'],
    [
      { ActiveState: 'failed', Result: 'exit-code', ExecMainCode: 1, ExecMainStatus: 3 },
      'fail',
      'has failed: ended with exit code 3',
    ],
    [
      { ActiveState: 'failed', Result: 'signal', ExecMainCode: 2, ExecMainStatus: 11 },
      'fail',
      'has failed: ended by signal 11',
    ],
    [{ ActiveState: 'failed', Result: 'start-limit-hit' }, 'fail', 'has failed: start-limit-hit'],
    [
      { ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code', ExecMainCode: 1, ExecMainStatus: 1 },
      'fail',
      'waits to be restarted: ended with exit code 1',
    ],
    [{ ActiveState: 'activating', SubState: 'start' }, 'warn', 'is being started (start)'],
    [{ ActiveState: 'deactivating', SubState: 'stop-sigterm' }, 'warn', 'is being stopped (stop-sigterm)'],
  ];
  for (const [change, status, message] of cases) {
    says({ ...ACTIVE, ...change });
    const seen = await probe();
    assert.deepEqual([seen.status, seen.message], [status, `web: ${message}`]);
  }
});

test('one that runs and ends: never run, running, and after a good and a bad run', async () => {
  const once = {
    ...ACTIVE,
    Type: 'oneshot',
    ActiveState: 'inactive',
    SubState: 'dead',
    ActiveEnterTimestampMonotonic: 0,
  };
  says(once);
  const never = await probe();
  assert.deepEqual([never.status, never.message], ['fail', 'web: has not run since the machine was started']);
  says({ ...once, ExecMainExitTimestampMonotonic: 5_000_000 });
  assert.equal((await probe()).status, 'pass');
  says({ ...once, ActiveState: 'activating', SubState: 'start' });
  assert.equal((await probe()).status, 'pass');
  says({
    ...once,
    ActiveState: 'failed',
    Result: 'exit-code',
    ExecMainCode: 1,
    ExecMainStatus: 2,
    ExecMainExitTimestampMonotonic: 5,
  });
  assert.equal((await probe()).status, 'fail');
});

test('one that is restarted again and again fails, although it runs', async () => {
  const memory = {};
  const results: string[] = [];
  for (const NRestarts of [7, 8, 9, 10]) {
    says({ ...ACTIVE, NRestarts });
    const seen = await probe({}, { memory });
    results.push(`${seen.status} ${seen.data!['restarts']}`);
  }
  assert.deepEqual(results, ['pass 0', 'pass 1', 'pass 2', 'fail 3']);
});

test('no systemd, no systemctl, an answer that is none or does not come: unknown', async () => {
  systemctl('echo "System has not been booted with systemd as init system (PID 1). Can\'t operate." >&2; exit 1');
  const container = await probe();
  assert.equal(container.status, 'unknown');
  assert.match(container.message, /^systemctl: System has not been booted with systemd/);
  systemctl('echo hello');
  const odd = await probe();
  assert.deepEqual([odd.status, odd.message], ['unknown', 'systemctl did not tell the state of the unit']);
  const missing = await probe({}, { environment: { PATH: join(folder.path, 'none') } });
  assert.deepEqual([missing.status, missing.message], ['unknown', 'this machine has no systemctl']);
  systemctl('exec sleep 600');
  const frozen = await probe({}, { timeoutMs: 500 });
  assert.deepEqual([frozen.status, frozen.message], ['unknown', 'an answer of systemd did not come within 0.5 s']);
});

test('names that would be options, or several units, are refused', () => {
  const { schema } = CHECKS['systemd']!;
  for (const unit of ['--help', 'a b', 'nginx*', '']) assert.equal(schema.safeParse({ unit }).success, false, unit);
  for (const unit of ['nginx', 'postgresql@15-main.service', 'dev-disk-by\\x2duuid.device']) {
    assert.equal(schema.safeParse({ unit }).success, true, unit);
  }
});
