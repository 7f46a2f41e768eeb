/** `mainstay check`: what is chosen, what is said, and with which exit code. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CheckRun, ObservationStatus } from '@mainstay/protocol';
import { exitCodeOf, pluginText, worst } from '../../src/cli/check/index.ts';
import { checkPlan, planOf, servicePlan } from '../../src/sim/index.ts';
import { answer, fakeDaemon, projectDirectory } from './support/fake-daemon.ts';
import { mainstay, type Said } from './support/terminal.ts';

function ran(name: string, status: ObservationStatus, given: Partial<CheckRun> = {}): CheckRun {
  const message = `${name} says ${status}`;
  return { name, service: null, kind: 'tcp', status, message, latency_ms: 12.34, data: {}, thresholds: [], ...given };
}

const noUnits = (): ReadonlyMap<string, never> => new Map<string, never>();

test('the worst result counts; not to know is less than a failure', () => {
  const of = (...all: ObservationStatus[]): number => exitCodeOf(worst(all.map((status) => ran('x', status))));
  assert.deepEqual(
    [of('pass'), of('pass', 'unknown'), of('unknown', 'warn'), of('warn', 'fail', 'unknown')],
    [0, 3, 1, 2],
  );
  assert.equal(of(), 3);
});

test('one run is one line, with its numbers, units and limits', () => {
  const run = ran('disk', 'warn', {
    message: 'a|b',
    kind: 'disk',
    data: { used: 83.5, free: 1e15, 'odd name': 3, device: '/dev/sda', never: NaN },
    thresholds: [
      { level: 'warn', measure: 'used', side: 'above', limit: 80 },
      { level: 'fail', measure: 'used', side: 'above', limit: 90 },
      { level: 'fail', measure: 'odd name', side: 'below', limit: 2 },
      { level: 'fail', measure: 'odd name', side: 'above', limit: 9 },
    ],
  });
  const units = (): ReadonlyMap<string, 'percent' | 'bytes'> =>
    new Map([
      ['used', 'percent'],
      ['free', 'bytes'],
    ]);
  assert.equal(
    pluginText([run], units),
    "DISK WARNING - a/b | latency=0.01234s used=83.5%;80;90 free=1000000000000000B 'odd name'=3;;2:9\n",
  );
});

test('several are a summary, a line for each, and the numbers of all', () => {
  const runs = [ran('web/0', 'pass'), ran('site', 'fail'), ran('queue', 'unknown'), ran('dns', 'unknown')];
  assert.equal(
    pluginText(runs, noUnits),
    [
      'MAINSTAY CRITICAL - site is CRITICAL, queue, dns are UNKNOWN, 1 of 4 are OK',
      '[OK] web/0: web/0 says pass',
      '[CRITICAL] site: site says fail',
      '[UNKNOWN] queue: queue says unknown',
      '[UNKNOWN] dns: dns says unknown',
      "| 'web/0.latency'=0.01234s",
      'site.latency=0.01234s',
      'queue.latency=0.01234s',
      'dns.latency=0.01234s',
      '',
    ].join('\n'),
  );
  assert.match(pluginText([ran('a', 'pass'), ran('b', 'pass')], noUnits), /^MAINSTAY OK - all 2 are OK\n/);
});

/** Every wrong use: what was typed, and what is said about it. */
const WRONG: readonly (readonly [words: string[], message: string, hint: string | null])[] = [
  [['sit'], 'cannot check sit: shop has no check, service or kind of that name', 'site'],
  [['quiet'], 'cannot check quiet: quiet has no healthcheck', 'one of: web, site'],
  [['dns'], 'cannot check dns: shop has no check of kind dns', 'mainstay check dns TARGET'],
  [['site', '--warn', '1s'], 'cannot use --warn here: the file says it', 'mainstay check KIND TARGET'],
  [['tpc', 'x'], 'cannot check: "tpc" is no kind of check', 'tcp'],
  [['tcp', 'a', 'b'], 'cannot check tcp a b: tcp takes one target, and this is more', 'put it in quotation marks'],
  [
    ['tcp', '127.0.0.1'],
    'cannot check tcp 127.0.0.1: must be host:port, for example "127.0.0.1:6379" or "[::1]:6379"',
    null,
  ],
  [['tcp', '80'], 'cannot check tcp 80: must be host:port, for example "127.0.0.1:6379" or "[::1]:6379"', null],
  [
    ['tcp', '{ address: "a:1", expcet: x }'],
    'cannot check tcp { address: "a:1", expcet: x }: "expcet" is not a key of tcp',
    'did you mean "expect"?',
  ],
  [
    ['exec', 'true', '--warn', '80%'],
    'cannot check exec true: exec measures nothing in percent',
    'exec measures latency (seconds)',
  ],
  [
    ['exec', 'true', '--timeout', '0s'],
    'cannot check exec true: no check can pass within 0s',
    'write a time longer than 0, or leave the key out',
  ],
];

const FILE = `
project: shop
services:
  web: { command: [sleep, "1"], healthcheck: { exec: [sh, -c, "echo up"] } }
  quiet: { command: [missing-program-of-this-test] }
checks:
  site: { exec: ["true"] }
`;

for (const [words, message, hint] of WRONG) {
  test(`mainstay check ${words.join(' ')}: ${message}`, async () => {
    using project = projectDirectory();
    writeFileSync(join(project.directory, 'mainstay.yaml'), FILE);
    const people = await mainstay(['check', ...words], { cwd: project.directory });
    const line = `MAINSTAY UNKNOWN - ${message}\n${hint === null ? '' : `try: ${hint}\n`}`;
    assert.deepEqual(people, { code: 3, out: line, err: '' });
    const programs = await mainstay(['check', ...words, '--json'], { cwd: project.directory });
    assert.equal(programs.code, 3);
    const { error } = JSON.parse(programs.out) as { error: { message: string; hint: string | null } };
    assert.deepEqual([error.message, error.hint], [message, hint]);
  });
}

test('what is wrong before the command begins is unknown too, and no other command', async () => {
  assert.equal((await mainstay(['check', '--bogus'])).code, 3);
  assert.equal((await mainstay(['-v', 'check', '--timeout'])).code, 3);
  assert.equal((await mainstay(['status', '--bogus'])).code, 2);
  assert.equal((await mainstay(['check'], { cwd: '/' })).code, 3);
});

test('a file that this machine could not run can be checked all the same', async () => {
  using project = projectDirectory();
  writeFileSync(join(project.directory, 'mainstay.yaml'), FILE);
  const { code, out } = await mainstay(['check'], { cwd: project.directory });
  assert.match(out, /^MAINSTAY OK - all 2 are OK\n\[OK\] web: up\n/);
  assert.equal(code, 0);
});

test('a target of the command line needs no file, and takes secrets from the environment', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const expecting = (expect: string): Promise<Said> =>
    mainstay(['check', 'tcp', `{ address: "${address}", expect: "${expect}" }`], { cwd: '/' });
  try {
    assert.match((await mainstay(['check', 'tcp', address], { cwd: '/' })).out, /^TCP OK - .*: connected \| latency=/);
    assert.equal((await expecting('hello')).code, 0);
    assert.equal((await expecting('bye')).code, 2);
    process.env['CHECK_TEST_WORD'] = 'hello';
    assert.equal((await expecting('${CHECK_TEST_WORD}')).code, 0);
    const slow = await mainstay(['check', 'exec', '--timeout', '50ms', '--', 'sleep', '60'], { cwd: '/' });
    assert.match(slow.out, /^EXEC CRITICAL - sleep still ran after 0.05 s; killed \| /);
  } finally {
    delete process.env['CHECK_TEST_WORD'];
    await new Promise((resolve) => server.close(resolve));
  }
});

test('the daemon is asked for what the name stands for in its plan', async () => {
  using project = projectDirectory();
  const healthcheck = { ...checkPlan('web'), onFailure: 'alert' as const };
  const plan = planOf([servicePlan('web', { instances: 2, healthcheck })], { checks: [checkPlan('site')] });
  const runs = [ran('web/0', 'pass'), ran('web/1', 'warn')];
  await using daemon = await fakeDaemon(project.stateDir, {
    'GET /api/v1/plan': answer(plan),
    'POST /api/v1/check': answer(runs),
  });
  const { code, out } = await mainstay(['check', 'web'], { cwd: project.directory });
  assert.equal(code, 1, out);
  assert.match(out, /^MAINSTAY WARNING - web\/1 is WARNING, 1 of 2 are OK\n/);
  assert.deepEqual(daemon.asked.at(-1)?.body, { checks: ['web/0', 'web/1'] });
  await mainstay(['check', 'exec'], { cwd: project.directory });
  assert.deepEqual(daemon.asked.at(-1)?.body, { checks: ['web/0', 'web/1', 'site'] });
  const { out: json } = await mainstay(['check', 'site', '--json'], { cwd: project.directory });
  assert.deepEqual(JSON.parse(json), { status: 'warn', checks: runs });
});

test('a daemon that does not answer in time is gone round; one that refuses is not', async () => {
  using project = projectDirectory();
  writeFileSync(join(project.directory, 'mainstay.yaml'), FILE);
  const plan = planOf([], { checks: [checkPlan('site')] });
  let code = 'timeout';
  await using _ = await fakeDaemon(project.stateDir, {
    'GET /api/v1/plan': answer(plan),
    'POST /api/v1/check': (_asked, response) =>
      answer({ error: { code, message: 'cannot', hint: null } }, 500)(_asked, response, undefined as never),
  });
  assert.match((await mainstay(['check', 'site'], { cwd: project.directory })).out, /^EXEC OK - true: exit code 0 \| /);
  code = 'refused';
  const { out } = await mainstay(['check', 'site'], { cwd: project.directory });
  assert.equal(out, 'MAINSTAY UNKNOWN - cannot\n');
});
