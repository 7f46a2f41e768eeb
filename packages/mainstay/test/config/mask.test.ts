/** Secrets do not show, and what is none does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  MASK,
  diffPlans,
  maskCommand,
  maskText,
  maskValue,
  planAsJson,
  planForPeople,
} from '../../src/config/index.ts';
import { parseFixture, withFixture } from './fixture.ts';

const M = MASK;

describe('values of variables', () => {
  const cases: [name: string, value: string, shown: string][] = [
    ['DB_PASSWORD', 'hunter2', M],
    ['PGPASSWORD', 'hunter2', M],
    ['dbPassword', 'hunter2', M],
    ['API_KEY', 'abc', M],
    ['APIKEY', 'abc', M],
    ['AWS_SECRET_ACCESS_KEY', 'abc', M],
    ['GITHUB_TOKEN', 'abc', M],
    ['SENTRY_DSN', 'https://abc@x', M],
    ['API_KEY', '${KEY}', '${KEY}'],
    ['API_KEY', '${KEY:-abc}', M],
    ['API_KEY', 'x${KEY}', M],
    ['API_KEY', '', ''],
    ['DB_PASSWORD_FILE', '/run/secrets/db', '/run/secrets/db'],
    ['MONKEY', 'banana', 'banana'],
    ['BYPASS', 'yes', 'yes'],
    ['LOG_LEVEL', 'INFO', 'INFO'],
    ['DATABASE_URL', 'postgres://me:pw@h/d?x=1', `postgres://me:${M}@h/d?x=1`],
    ['DATABASE_URL', 'postgres://me:${PW}@h/d', 'postgres://me:${PW}@h/d'],
    ['DATABASE_URL', 'postgres://me:${PW:-pw}@h/d', `postgres://me:${M}@h/d`],
    ['DATABASE_URL', 'postgres://me:p/w@x@h/d', `postgres://me:${M}@h/d`],
    ['REDIS_URL', 'redis://:pw@h:6379', `redis://:${M}@h:6379`],
    ['SITE', 'https://example.org:8080/a', 'https://example.org:8080/a'],
  ];
  for (const [name, value, shown] of cases) {
    test(`${name}=${value}`, () => assert.equal(maskValue(name, value), shown));
  }
});

describe('arguments of commands', () => {
  const cases: [command: string[], shown: string[]][] = [
    [
      ['app', '--password', 'pw', '-v'],
      ['app', '--password', M, '-v'],
    ],
    [
      ['app', '--password=pw w', '--name=x'],
      ['app', `--password=${M}`, '--name=x'],
    ],
    [
      ['app', '--token', '${T}'],
      ['app', '--token', '${T}'],
    ],
    [
      ['redis-server', '--requirepass', 'pw'],
      ['redis-server', '--requirepass', M],
    ],
    [
      ['redis-server', 'requirepass', 'pw'],
      ['redis-server', 'requirepass', M],
    ],
    [
      ['env', 'PGPASSWORD=pw', 'psql'],
      ['env', `PGPASSWORD=${M}`, 'psql'],
    ],
    [
      ['sh', '-c', 'exec env PGPASSWORD=pw psql --token abc x'],
      ['sh', '-c', `exec env PGPASSWORD=${M} psql --token ${M} x`],
    ],
    [
      ['curl', '-H', 'Authorization: Bearer abcdefgh'],
      ['curl', '-H', `Authorization: ${M} ${M}`],
    ],
    [
      ['psql', 'postgres://u:pw@h'],
      ['psql', `postgres://u:${M}@h`],
    ],
    [
      ['token', 'of', 'esteem'],
      ['token', 'of', 'esteem'],
    ],
  ];
  for (const [command, shown] of cases) {
    test(command.join(' '), () => assert.deepEqual(maskCommand(command), shown));
  }
});

test('headers in texts', () => {
  assert.equal(maskText('X-API-Key: abc'), `X-API-Key: ${M}`);
  assert.equal(maskText('a basic idea'), 'a basic idea');
});

test('nothing that is shown of a plan or of a difference holds a secret', async () => {
  const yaml = (secret: string): string => `
services:
  web:
    command: [app, --password, "${secret}", "redis://:${secret}@h"]
    environment: { DB_PASSWORD: "${secret}", URL: "amqp://me:${secret}@h", SAFE: seen }
    runbook: https://me:${secret}@wiki/
    healthcheck: { http: { url: "http://me:${secret}@h/", headers: { X-API-Key: "${secret}" } } }
`;
  const load = (secret: string) =>
    withFixture(parseFixture(`--- mainstay.yaml\n${yaml(secret)}`), (result) => Promise.resolve(result.plan));
  const [before, after] = [await load('hunter2-one'), await load('hunter2-two')];
  assert.ok(before !== null && after !== null);
  const diff = diffPlans(before, after);
  const shown = JSON.stringify(diff) + planForPeople(before) + JSON.stringify(planAsJson(before));
  assert.ok(shown.includes('seen'));
  assert.ok(!shown.includes('hunter2'), shown);
  assert.deepEqual(
    diff.services[0]?.fields.map(({ path }) => path).filter((path) => path !== 'workingDirectory'),
    [
      'command',
      'environment.DB_PASSWORD',
      'environment.URL',
      'healthcheck.target.url',
      'healthcheck.target.headers.X-API-Key',
      'runbook',
    ],
  );
});

test('messages about values do not repeat the values of secret variables', async () => {
  const text =
    '--- mainstay.yaml\nservices: { a: { command: a, instances: "${DB_PASSWORD}" } }\n--- .env\nDB_PASSWORD=hunter2\n';
  const problems = await withFixture(parseFixture(text), (result) => Promise.resolve(result.problems));
  assert.equal(problems.length, 1);
  assert.ok(!JSON.stringify(problems).includes('hunter2'));
});

test('secrets of notifiers are masked wherever the plan is shown, also where no name tells', async () => {
  const yaml = (secret: string): string => `services: { web: { command: app } }
alerts:
  notifiers:
    chat: { slack: "https://hooks.slack.example/T0/${secret}" }
    mail: { email: { to: seen@example.org, smtp: "smtp://u:${secret}@mail.example.org" } }
    known: { slack: "\${HOOK}" }
`;
  const load = (secret: string) =>
    withFixture(parseFixture(`--- mainstay.yaml\n${yaml(secret)}--- .env\nHOOK=https://x/${secret}\n`), (result) =>
      Promise.resolve(result.plan),
    );
  const [before, after] = [await load('hunter2-one'), await load('hunter2-two')];
  assert.ok(before !== null && after !== null);
  const diff = diffPlans(before, after);
  const shown = JSON.stringify(diff) + planForPeople(before) + JSON.stringify(planAsJson(before));
  assert.ok(shown.includes('seen@example.org') && shown.includes('${HOOK}'));
  assert.ok(!shown.includes('hunter2'), shown);
  assert.deepEqual(
    diff.top.map(({ path }) => path).filter((path) => path.startsWith('alerts')),
    ['alerts.notifiers'],
  );
});
