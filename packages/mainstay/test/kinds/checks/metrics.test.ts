// The kind metrics: endpoints in the format of Prometheus and in JSON, healthy, broken, frozen and absent. (C7, D5)
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { valueIn } from '../../../src/kinds/checks/metrics/read.ts';
import { isExpression } from '../../../src/kinds/checks/metrics/selector.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { freePorts } from '../../../../../test/support/ports.ts';
import { context } from '../context.ts';

let server: Server;
let url: string;
/** What it answers next; null: nothing at all. */
let answer: { status: number; body: string } | null = { status: 200, body: '' };
let asked: string | undefined;
before(async () => {
  server = createServer((request, response) => {
    asked = request.headers.authorization;
    if (answer !== null) response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const probe = (target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe('metrics', CHECKS['metrics']!.schema.parse({ url, ...target }), context(options));

const TEXT = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="get",code="200"} 900 1700000000000
http_requests_total{method="post",code="200"} 90
http_requests_total{method="get",code="500",path="/a\\"b,c}\\\\"} 8
http_requests_total{method="get",code="503"} 2
http_requests_total_other 7
# TYPE temp_files gauge
temp_files 12.5
nothing NaN
endless +Inf
# TYPE failures_total counter
`;

test('series of a metric are summed; matchers choose as in Prometheus', () => {
  const value = (selector: string) => valueIn(TEXT, selector);
  assert.equal(value('http_requests_total'), 1000);
  assert.equal(value('http_requests_total{code=~"5.."}'), 10);
  assert.equal(value('http_requests_total{code!~"5..", method="get"}'), 900);
  assert.equal(value('http_requests_total{code!="200",method!="post",}'), 10);
  assert.equal(value('http_requests_total{path="/a\\"b,c}\\\\"}'), 8);
  assert.equal(value('http_requests_total{path=""}'), 992);
  assert.equal(value('temp_files'), 12.5);
  assert.equal(value('nothing'), 0);
  // Declared, and nothing counted yet.
  assert.equal(value('failures_total{kind="disk"}'), 0);
  assert.equal(value('http_requests_total{code="404"}'), 0);
  assert.deepEqual(value('http_requests'), { why: 'there is no metric http_requests' });
  for (const wrong of ['', 'a b', 'a{', 'a{b}', 'a{b="c"', 'a{b=~"("}', '$.a[*]', '{a="b"}']) {
    assert.equal(isExpression(wrong), false, wrong);
  }
});

test('numbers in JSON, also written as text or as yes and no', () => {
  const body = JSON.stringify({ queue: { length: 4 }, parts: [{ open: true }, '7.5', 'many', null] });
  const value = (path: string) => valueIn(body, path);
  assert.deepEqual([value('$.queue.length'), value('$.parts[0].open'), value('$.parts[1]')], [4, 1, 7.5]);
  assert.deepEqual(value('$.parts[2]'), { why: '$.parts[2] is not a number' });
  assert.deepEqual(value('$.parts[3]'), { why: '$.parts[3] is not a number' });
  assert.deepEqual(value('$.length.queue'), { why: 'there is no $.length.queue' });
  assert.deepEqual(valueIn('<html>', '$.a'), { why: 'the answer is not JSON' });
});

test('a value, and a ratio of two', async () => {
  answer = { status: 200, body: TEXT };
  const value = await probe({ value: 'temp_files', headers: { authorization: 'Bearer xyz' } });
  assert.deepEqual([value.status, value.message, value.data], ['pass', `${url}: temp_files is 12.5`, { value: 12.5 }]);
  assert.equal(asked, 'Bearer xyz');
  const ratio = await probe({ value: 'http_requests_total{code=~"5.."}', per: 'http_requests_total' });
  assert.deepEqual(ratio.data, { value: 10, ratio: 1 });
  assert.match(ratio.message, /is 10, 1% of 1000 \(http_requests_total\)$/);
  const nothing = await probe({ value: 'failures_total', per: 'failures_total' });
  assert.deepEqual(nothing.data, { value: 0, ratio: 0 });
});

test('counters: what they grew by in the time, its rate and its ratio; one that begins anew', async () => {
  const memory = {};
  let seconds = 0;
  const target = { value: 'bad_total', per: 'all_total', counter: true, over: '1m', url };
  const at = async (when: number, bad: number, all: number) => {
    seconds = when;
    answer = { status: 200, body: `bad_total ${bad}\nall_total ${all}\n` };
    const schema = CHECKS['metrics']!.schema.parse(target);
    const seen = await createProber().probe('metrics', schema, {
      ...context({ memory }),
      monotonicMs: () => seconds * 1000,
    });
    assert.equal(seen.status, 'pass', seen.message);
    return seen;
  };
  assert.deepEqual((await at(0, 100, 5000)).data, { value: 0, ratio: 0 });
  const grown = await at(50, 105, 5200);
  assert.deepEqual(grown.data, { value: 5, rate: 0.1, ratio: 2.5 });
  assert.match(grown.message, /: bad_total grew in 50 s by 5, 2.5% of 200 \(all_total\)$/);
  assert.deepEqual((await at(110, 105, 5300)).data, { value: 0, rate: 0, ratio: 0 });
  assert.deepEqual((await at(170, 30, 40)).data, { value: 30, rate: 0.5, ratio: 75 });
});

test('another status, no such metric, an answer without an end, silence, nobody there', async () => {
  answer = { status: 503, body: TEXT };
  const broken = await probe({ value: 'temp_files' });
  assert.deepEqual([broken.status, broken.message], ['fail', `${url}: status 503, not 200`]);
  answer = { status: 200, body: TEXT };
  const missing = await probe({ value: 'no_such' });
  assert.deepEqual([missing.status, missing.message], ['unknown', `${url}: there is no metric no_such`]);
  answer = { status: 200, body: 'x'.repeat(17 * 1_048_576) };
  const endless = await probe({ value: 'temp_files' });
  assert.deepEqual([endless.status, endless.message], ['fail', `${url}: the answer is longer than 16384 KiB`]);
  answer = null;
  const frozen = await probe({ value: 'temp_files' }, { timeoutMs: 400 });
  assert.deepEqual([frozen.status, frozen.message], ['fail', `${url}: an answer did not come within 0.4 s`]);
  const stop = new AbortController();
  const pending = probe({ value: 'temp_files' }, { cancel: stop.signal });
  stop.abort();
  assert.equal((await pending).status, 'unknown');
  const [port] = await freePorts(1);
  const absent = await probe({ url: `http://127.0.0.1:${port}/?key=secret`, value: 'temp_files' });
  assert.deepEqual([absent.status, absent.message], ['fail', `http://127.0.0.1:${port}/?…: connection refused`]);
  assert.equal((await probe({ url: 'http://no-such-host.invalid/', value: 'a' })).status, 'unknown');
});
