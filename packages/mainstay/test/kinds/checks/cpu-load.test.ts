// The kinds cpu and load: this machine, and what its counters mean. (C7, D8)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { observe, parseTimes } from '../../../src/kinds/checks/cpu/run.ts';
import { Report, sinceEarlier } from '../../../src/kinds/kit/index.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';

const probe = (kind: string, target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe(kind, CHECKS[kind]!.schema.parse(target), context(options));

test('what the processors of this machine do, from the first run on', async () => {
  const memory: Record<string, unknown> = {};
  for (const run of [1, 2, 3]) {
    const { status, message, data } = await probe('cpu', {}, { memory });
    // Between two runs that follow each other at once no tick may have passed.
    if (run > 1 && status === 'unknown') continue;
    assert.deepEqual([status, message.startsWith('busy for ')], ['pass', true], message);
    for (const name of ['used', 'iowait', 'stolen']) {
      const value = Number(data![name]);
      assert.ok(value >= 0 && value <= 100, `${name}: ${value}`);
    }
  }
  const stop = new AbortController();
  const pending = probe('cpu', {}, { cancel: stop.signal });
  stop.abort();
  assert.equal((await pending).status, 'unknown');
});

test('busy is what is neither idle nor waiting for a disk; time of guests counts once', () => {
  const before = parseTimes('cpu  1000 0 500 8000 400 0 0 100 900 0\ncpu0 1 2 3 4\n')!;
  assert.deepEqual(before, { all: 10_000, busy: 1600, iowait: 400, stolen: 100 });
  const now = parseTimes('cpu  1060 5 510 8100 390 3 2 120 950 0\n')!;
  const seen = observe(before, now, 90_000, new Report(context()));
  assert.equal(seen.status, 'pass');
  // 100 of 190 ticks; the time spent waiting went back, as it may.
  assert.deepEqual({ ...seen.data, pressure: 0 }, { used: 52.6, iowait: 0, stolen: 10.5, pressure: 0 });
  assert.equal(seen.message, 'busy for 52.6% of 90 s, 10.5% taken by others');
  assert.equal(observe(now, now, 0, new Report(context())).status, 'unknown');
  assert.equal(parseTimes(''), null);
});

test('an average goes back as far as its time, over however many runs', async () => {
  const memory: Record<string, unknown> = {};
  let seconds = 0;
  const { signal } = new AbortController();
  const at = () => ({ ...context({ memory }), timeoutMs: 4, signal, monotonicMs: () => seconds * 1000 });
  const first = await sinceEarlier(at(), 60_000, () => seconds);
  assert.equal(first!.before.at, 0);
  for (seconds = 10; seconds <= 600; seconds += 10) {
    const { before, now } = (await sinceEarlier(at(), 60_000, () => seconds))!;
    assert.deepEqual([before.value, now.value], [Math.max(0, seconds - 60), seconds]);
  }
  for (; seconds < 900; seconds += 0.1) await sinceEarlier(at(), 60_000, () => seconds);
  assert.ok((memory['readings'] as unknown[]).length < 70);
  assert.equal(await sinceEarlier(at(), 60_000, () => null), null);
});

test('the load of this machine, and of each of its processors', async () => {
  const { status, data, message } = await probe('load', { over: '15m' });
  assert.equal(status, 'pass');
  const load = Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[2]);
  assert.ok(Math.abs(Number(data!['load']) - load) < 1, message);
  assert.ok(Math.abs(Number(data!['per_core']) * cpus().length - Number(data!['load'])) < 0.01 * cpus().length);
  assert.equal(typeof data!['blocked'], 'number');
});
