/** `mainstay monitor`: trying everything once, what is wrong with the file, and what the monitor knows. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mainstay, type Said } from './support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-monitor-'));
const posts: string[] = [];
const server: Server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    if (request.method === 'POST') posts.push(body);
    response.end(JSON.stringify({ status: 'pass', timestamp: new Date().toISOString(), services: {} }));
  });
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function run(file: string, ...args: string[]): Promise<Said> {
  writeFileSync(join(folder, 'monitor.yaml'), file);
  writeFileSync(join(folder, '.env'), 'HOOK_TOKEN=hunter22-hunter22\n');
  return mainstay(['monitor', ...args], { cwd: folder });
}

const FILE = `id: a
project: shop
watch: "${url}"
checks: { site: { http: "${url}/" } }
witness: [{ http: "${url}" }]
notifiers: { ops: { webhook: { url: "${url}/hook", headers: { authorization: "\${HOOK_TOKEN}" } } } }
`;

test('--check says whether the file is right', async () => {
  assert.deepEqual(await run(FILE, '--check', '--json'), {
    code: 0,
    out: `${JSON.stringify({ id: 'a', checks: ['daemon', 'site'], notifiers: ['ops'] })}\n`,
    err: '',
  });
  assert.equal((await run('watch: "http://x"\n', '--check')).out, 'the file is right: 1 checks, nobody is told\n');
  const { code, err } = await run('intervall: 3s\n', '--check');
  assert.equal(code, 2);
  assert.match(err, /"intervall" is not a key of monitor; did you mean|did you mean "interval"/);
});

test('--test runs everything once and shows what would be sent', async () => {
  const { code, out } = await run(FILE, '--test');
  assert.equal(code, 0, out);
  const [first, daemon, site, witness] = out.split('\n');
  assert.equal(first, 'MONITOR OK - 2 of 2 checks are OK');
  assert.match(daemon!, /^\[OK\] daemon \(mainstay; \d+ms\): .*it lives$/);
  assert.match(site!, /^\[OK\] site \(http; \d+ms, connect \d+ms, first_byte \d+ms, transfer \d+ms\): GET .*: 200$/);
  assert.equal(witness, 'a witness answers: this machine has a network');
  assert.match(
    out,
    /ops \(webhook\) would be told, of daemon, as if it failed:\n\n\{"type":"alert\.opened".*"test":true/,
  );
  assert.match(out, /"type":"alert\.closed"/);
  assert.doesNotMatch(out, /hunter22/);
  assert.deepEqual(posts, []);
});

test('--test tells of what really fails, and its exit code says it', async () => {
  const broken = FILE.replace('site: {', 'bad: { tcp: "127.0.0.1:1" }, site: {');
  const { code, out } = await run(broken, '--test', '--json');
  assert.equal(code, 2);
  const tested = JSON.parse(out) as {
    status: string;
    network: boolean;
    messages: { notifier: string; about: string; texts: string[] }[];
  };
  assert.deepEqual([tested.status, tested.network], ['fail', true]);
  assert.deepEqual(
    tested.messages.map(({ notifier, about, texts }) => [notifier, about, texts.length]),
    [['ops', 'bad', 2]],
  );
});

test('without a network nothing has failed', async () => {
  const blind = FILE.replace('site: {', 'bad: { tcp: "127.0.0.1:1" }, site: {').replace(
    /witness: .*/,
    'witness: [{ tcp: "127.0.0.1:1" }]',
  );
  const { code, out } = await run(blind, '--test');
  assert.equal(code, 3, out);
  assert.match(out, /no witness answers: this machine has no network, no failure counts/);
  assert.match(out, /^\[UNKNOWN\] bad/m);
});

test('--send sends it, marked as a test; what does not arrive is a failure', async () => {
  const { code, out } = await run(FILE, '--test', '--send');
  assert.equal(code, 0, out);
  assert.match(out, /ops \(webhook\) was told, as a test, of daemon/);
  assert.deepEqual(
    posts
      .map((body) => JSON.parse(body) as { type: string; data: { test: boolean } })
      .map(({ type, data }) => [type, data.test]),
    [
      ['alert.opened', true],
      ['alert.closed', true],
    ],
  );
  const deaf = await run(FILE.replace(`${url}/hook`, 'http://127.0.0.1:1/hook'), '--test', '--send');
  assert.equal(deaf.code, 2);
  assert.match(deaf.out, /ops \(webhook\) could not be told \(.*refused.*\)/);
});

test('peers are asked', async () => {
  const { out } = await run(
    `${FILE}peers: { b: "http://127.0.0.1:1" }\nkey: 0123456789abcdef0\nlisten: 7071\n`,
    '--test',
  );
  assert.match(out, /^monitor b does not answer: ECONNREFUSED$/m);
});

test('wrong usage', async () => {
  assert.match((await run(FILE, '--send')).err, /cannot use --send alone/);
  assert.match((await run(FILE, 'start')).err, /cannot do "start" with the monitor/);
  const missing = await mainstay(['monitor', '-f', 'nowhere.yaml'], { cwd: folder });
  assert.deepEqual(
    [missing.code, missing.err.split('\n')[0]],
    [2, 'mainstay: cannot read nowhere.yaml: there is no such file'],
  );
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  assert.match(
    (await mainstay(['monitor'], { cwd: empty })).err,
    /cannot find monitor\.yaml in .*, nor mainstay\.yaml there or above it/,
  );
  assert.match((await mainstay(['monitor', 'status'], { cwd: folder })).err, /no monitor has run with/);
});
