/** Whatever a source says: either a file that the loader accepts, or an error that names what is wrong. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { MainstayError } from '@mainstay/protocol';
import { runInit } from '../../src/cli/init/index.ts';
import { describeProblem, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const directory = mkdtempSync(join(tmpdir(), 'mainstay-init-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Every variable is set to a number: what it stands for is not what is tested. */
const env = new Proxy<Record<string, string>>(
  {},
  {
    get: (_target, name) => (name === 'MAINSTAY_ENV' ? undefined : '1234'),
    has: () => true,
    getOwnPropertyDescriptor: () => ({ value: '1234', enumerable: true, configurable: true }),
  },
);

async function acceptable(name: string, text: string): Promise<void> {
  writeFileSync(join(directory, name), text);
  let made;
  try {
    made = await runInit({ directory, from: name, force: true });
  } catch (error) {
    assert.ok(error instanceof MainstayError, `${String(error)}\n${error instanceof Error ? error.stack : ''}`);
    assert.ok(error.code === 'config' || error.code === 'usage', error.code);
    return;
  }
  for (const note of made.notes) {
    assert.match(note.where, /^[^:]+:\d+$/);
    assert.ok(note.what !== '' && note.why !== '' && note.instead !== '', JSON.stringify(note));
  }
  const { problems } = await loadPlan({ file: join(directory, 'mainstay.yaml'), env, kinds: CHECKS });
  // Where a variable stands, what it is decides: all are the same number here.
  const variable = (line: number | null) => /\$\{\w/.test(made.text.split('\n')[(line ?? 0) - 1] ?? '');
  const own = problems.filter(
    (problem) =>
      !variable(problem.line) &&
      !problem.path.includes('env_file') &&
      !/cannot be read|no such file/.test(problem.reason),
  );
  assert.deepEqual(own.map(describeProblem), [], made.text);
}

const odd = fc.oneof(
  fc.constantFrom(
    'web',
    'a b',
    'true',
    'no',
    '0',
    '-1',
    '10',
    '5s',
    '1m30s',
    '022',
    '99999',
    'infinity',
    '~',
    'null',
    '[]',
    '{}',
  ),
  fc.constantFrom(
    'node server.js',
    'sh -c "a | b"',
    'a $B "${C:-d}"',
    "it's",
    '"',
    '$',
    '${',
    '$$',
    '${X:+y}',
    '%(here)s',
    '%(process_num)02d',
    '%',
    '%i',
    '%%',
  ),
  fc.constantFrom(
    '8000:80',
    '127.0.0.1:1:1',
    '1-3',
    'a,b',
    'A=b',
    'A="b c",D=e',
    'SIGTERM',
    'TERM',
    'on-failure:3',
    'CMD-SHELL x',
    '*/5 * * * *',
  ),
  fc.string({ maxLength: 12 }),
);
const options = { numRuns: 60, ...(SEED === undefined ? {} : { seed: SEED }) };

/** Lines `key=value` of an INI-like section. */
const lines = (keys: string[]) =>
  fc.array(
    fc.tuple(fc.constantFrom(...keys), odd).map(([key, value]) => `${key}=${value.replaceAll('\n', ' ')}`),
    { maxLength: 8 },
  );

test('supervisord', async () => {
  const keys =
    'numprocs numprocs_start directory umask priority autostart startsecs startretries autorestart exitcodes stopsignal stopwaitsecs stopasgroup killasgroup user redirect_stderr stdout_logfile stdout_logfile_maxbytes stdout_logfile_backups stderr_logfile environment process_name x'.split(
      ' ',
    );
  const program = fc
    .tuple(odd, odd, lines(keys))
    .map(([name, command, rest]) => [`[program:${name}]`, `command=${command}`, ...rest].join('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(program, { minLength: 1, maxLength: 3 }), (all) =>
      acceptable('supervisord.conf', all.join('\n')),
    ),
    options,
  );
});

/** Found by rare seeds. */
const FAILED_ONCE = [
  '[Service]\nExecStart=a\nRestartMaxDelaySec=0\nRestartSteps=022',
  '[Service]\nExecStart=a\nRestartSec=10\nRestartMaxDelaySec=5s\nRestartSteps=10',
  '[Service]\nExecStart=a\nRestartMaxDelaySec=50ms\nRestartSteps=2',
];

test('systemd', async () => {
  const keys =
    'Type Restart RestartSec RestartSteps RestartMaxDelaySec Environment EnvironmentFile User Group WorkingDirectory KillSignal KillMode TimeoutStopSec TimeoutStartSec WatchdogSec UMask LimitNOFILE LimitCPU SuccessExitStatus RestartPreventExitStatus StartLimitBurst StartLimitIntervalSec ExecStartPre ExecStop MemoryMax After Wants'.split(
      ' ',
    );
  const unit = fc
    .tuple(odd, lines(keys))
    .map(([command, rest]) => ['[Service]', `ExecStart=${command}`, ...rest].join('\n'));
  await fc.assert(
    fc.asyncProperty(unit, (text) => acceptable('x.service', text)),
    { ...options, examples: FAILED_ONCE.map((text) => [text] as [string]) },
  );
});

test('docker-compose', async () => {
  const keys =
    'command entrypoint image build ports environment env_file depends_on healthcheck restart stop_signal stop_grace_period deploy volumes logging ulimits user working_dir profiles scale expose x-y'.split(
      ' ',
    );
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      odd,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'test',
          'interval',
          'retries',
          'replicas',
          'restart_policy',
          'condition',
          'delay',
          'max_attempts',
          'options',
          'max-size',
          'nofile',
          'soft',
          'web',
          'db',
          'target',
          'published',
          'context',
          'A',
          'file',
          'service',
        ),
        tie('value'),
        { maxKeys: 3 },
      ),
    ),
  })).value;
  const service = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 7 });
  const file = fc.dictionary(fc.constantFrom('web', 'db', 'mainstay', 'a.b'), service, { minKeys: 1, maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(file, (services) => acceptable('compose.yaml', JSON.stringify({ services }))),
    options,
  );
});

test('PM2', async () => {
  const keys =
    'name script args interpreter instances exec_mode cwd env env_production watch ignore_watch kill_timeout restart_delay exp_backoff_restart_delay max_restarts min_uptime autorestart cron_restart wait_ready listen_timeout increment_var stop_exit_codes uid treekill max_memory_restart'.split(
      ' ',
    );
  const value = fc.oneof(
    odd,
    fc.integer(),
    fc.boolean(),
    fc.array(odd, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('PORT', 'A_TOKEN', 'B'), odd, { maxKeys: 2 }),
  );
  const app = fc
    .tuple(odd, fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 8 }))
    .map(([script, rest]) => ({ script, ...rest }));
  await fc.assert(
    fc.asyncProperty(fc.array(app, { minLength: 1, maxLength: 3 }), (apps) =>
      acceptable('ecosystem.config.json', JSON.stringify({ apps })),
    ),
    options,
  );
});

test('Procfile', async () => {
  const line = fc
    .tuple(fc.constantFrom('web', 'worker', 'release', 'mainstay', 'x-1'), fc.array(odd, { maxLength: 4 }))
    .map(([name, parts]) => `${name}: ${parts.join(' ')}`);
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 4 }), (all) => acceptable('Procfile', all.join('\n'))),
    options,
  );
});
