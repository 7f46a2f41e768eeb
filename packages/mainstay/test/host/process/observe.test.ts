import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Exit } from '@mainstay/protocol';
import type { RunFiles } from '../../../src/host/process/files.ts';
import { observe } from '../../../src/host/process/observe.ts';
import { bootId, identify } from '../../../src/host/proc/index.ts';
import { until } from './kit.ts';

test('a record that a waiting parent writes between two looks is not taken for a death without one', async () => {
  const parent = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(parent, 'spawn');
  const waiter = identify(parent.pid ?? 0);
  assert.ok(waiter !== null);
  const gone = { bootId: bootId(), pid: 2 ** 22 - 1, startTime: '1' };
  let written: Exit | null = null;
  const files: RunFiles = {
    identityPath: () => '',
    exitPath: () => '',
    identity: () => ({ leader: gone, waiter }),
    // The first look finds nothing; right after it the parent writes the record and ends.
    exit: () => {
      const seen = written;
      written = { code: 0, signal: null, known: true };
      parent.kill('SIGKILL');
      return seen;
    },
    list: () => [{ instance: 'migrate/0', incarnation: 1 }],
    remove: () => assert.fail('nothing is removed here'),
  };
  const first = observe('no-such-project', null, files);
  assert.deepEqual([first.exits, first.dead], [[], []]);
  await until('the end of the parent', () => identify(parent.pid ?? 0) === null);
  const second = observe('no-such-project', null, files);
  assert.deepEqual(second.exits, [
    { instance: 'migrate/0', incarnation: 1, exit: { code: 0, signal: null, known: true } },
  ]);
  assert.deepEqual(second.dead, []);
});
