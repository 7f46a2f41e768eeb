/** What an end means, for tasks and services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exit } from '@mainstay/protocol';
import { verdict } from '../../../src/core/task/index.ts';
import { servicePlan } from '../../../src/sim/index.ts';

const code = (value: number): Exit => ({ code: value, signal: null, known: true });
const EXITS: Record<string, Exit | null> = {
  'code 0': code(0),
  'code 143': code(143),
  'code 1': code(1),
  'code 78': code(78),
  SIGSEGV: { code: null, signal: 'SIGSEGV', known: true },
  unknown: { code: null, signal: null, known: false },
  'never ran': null,
};

const EXPECTED: Record<string, string> = {
  'service no': 'completed completed fatal fatal fatal fatal fatal',
  'service on-failure': 'completed completed retry fatal retry retry retry',
  'service always': 'retry retry retry fatal retry retry retry',
  'service unless-stopped': 'retry retry retry fatal retry retry retry',
  'task no': 'completed completed fatal fatal fatal fatal fatal',
  'task on-failure': 'completed completed retry fatal retry retry retry',
};

for (const [name, expected] of Object.entries(EXPECTED)) {
  test(`${name}: ${Object.keys(EXITS).join(', ')}`, () => {
    const [type, restart] = name.split(' ') as ['service' | 'task', 'no' | 'on-failure' | 'always' | 'unless-stopped'];
    const { restartPolicy } = servicePlan('s');
    const service = servicePlan('s', {
      type,
      restart,
      restartPolicy: { ...restartPolicy, successExitCodes: [143], fatalExitCodes: [78] },
    });
    assert.equal(
      Object.values(EXITS)
        .map((exit) => verdict(service, exit, false))
        .join(' '),
      expected,
    );
    // What mainstay ended because it hung says nothing by its exit code.
    assert.equal(verdict(service, code(0), true), restart === 'no' ? 'fatal' : 'retry');
    assert.equal(verdict(service, code(78), true), restart === 'no' ? 'fatal' : 'retry');
  });
}
