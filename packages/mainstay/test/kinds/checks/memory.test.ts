// The kind memory: this machine, and machines as the kernel has described others. (D1, D8, P5)
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { test } from 'node:test';
import { observe } from '../../../src/kinds/checks/memory/run.ts';
import { Report } from '../../../src/kinds/kit/index.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';

const GIB = 1_073_741_824;

test('this machine', async () => {
  const { status, message, data } = await createProber().probe('memory', CHECKS['memory']!.schema.parse({}), context());
  assert.equal(status, 'pass');
  assert.match(message, /^[\d.]+% of [\d.]+ [GM]iB used, [\d.]+ [GM]iB available/);
  const available = Number(data!['available']);
  // What node:os calls free is what the kernel calls available.
  assert.ok(Math.abs(available - freemem()) < GIB, `${available} and ${freemem()}`);
  assert.ok(Math.abs(Number(data!['used']) - (1 - available / totalmem()) * 100) < 1);
  assert.equal(typeof data!['pressure'], existsSync('/proc/pressure/memory') ? 'number' : 'undefined');
});

test('memory that the kernel would give back is not used; swap where there is some', () => {
  const meminfo = (swap: string): string =>
    `MemTotal:        8388608 kB\nMemFree:          100000 kB\nMemAvailable:    2097152 kB\n${swap}Cached:  1900000 kB\n`;
  const none = observe(meminfo(''), '1m', new Report(context()));
  assert.deepEqual([none.data!['used'], none.data!['available'], none.data!['swap']], [75, 2 * GIB, undefined]);
  const empty = observe(meminfo('SwapTotal: 0 kB\nSwapFree: 0 kB\n'), '1m', new Report(context()));
  assert.equal(empty.data!['swap'], undefined);
  const some = observe(meminfo('SwapTotal:  1000 kB\nSwapFree:    400 kB\n'), '5m', new Report(context()));
  assert.equal(some.data!['swap'], 60);
  assert.match(some.message, /^75% of 8 GiB used, 2 GiB available, 60% of swap used/);
});

test('a machine that does not tell is unknown', () => {
  assert.equal(observe('', '1m', new Report(context())).status, 'unknown');
  // Kernels before 3.14 did not say what is available.
  assert.equal(observe('MemTotal:  8388608 kB\nMemFree: 5 kB\n', '1m', new Report(context())).status, 'unknown');
});
