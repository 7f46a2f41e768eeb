/** What is said of limits that the kernel cannot hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unheld, unheldOfPlan } from '../../src/daemon/limits.ts';
import { planOf, servicePlan } from '../../src/sim/plan.ts';

const NONE = { memory: null, memoryReservation: null, cpus: null, pids: null };
const WHY = 'no control group can be made by this user';
const NOTHING = { memory: false, cpus: false, pids: false, why: WHY };
const web = servicePlan('web', { resources: { ...NONE, memory: 1024 ** 3, pids: 10 } });
const worker = servicePlan('worker', { resources: { ...NONE, memory: 1024 ** 3 } });
const free = servicePlan('free');

test('limits that the kernel holds, or that nobody asks for, are not worth a word', () => {
  const all = { memory: true, cpus: true, pids: true, why: null };
  assert.deepEqual(unheldOfPlan(planOf([web, worker, free]), all), []);
  assert.deepEqual(unheldOfPlan(planOf([free]), NOTHING), []);
  assert.deepEqual(unheld(free, NOTHING), []);
});

test('the others are said with their services and the reason, a line for each kind of limit', () => {
  const watched = 'its memory is watched and not held by the kernel, so it can be exceeded for some seconds';
  assert.deepEqual(unheldOfPlan(planOf([web, worker, free]), NOTHING), [
    `limits of web, worker: ${watched}: ${WHY}`,
    `limits of web: pids cannot be limited: ${WHY}`,
  ]);
  assert.deepEqual(unheld(web, NOTHING), [`${watched}: ${WHY}`, `pids cannot be limited: ${WHY}`]);
});
