/** What can be checked, and what a name stands for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTargets, targetsNamed } from '../../../src/core/check/index.ts';
import { checkPlan, planOf, servicePlan } from '../../../src/sim/index.ts';

const healthcheck = { ...checkPlan('any', { kind: 'http' }), onFailure: 'alert' as const };
const PLAN = planOf(
  [
    servicePlan('web', { healthcheck, instances: 2 }),
    servicePlan('db', { healthcheck }),
    servicePlan('quiet', { healthcheck: null }),
  ],
  { checks: [checkPlan('site', { kind: 'http' }), checkPlan('http', { kind: 'tcp' }), checkPlan('queue')] },
);

test('healthchecks of every instance, then checks', () => {
  const targets = checkTargets(PLAN);
  assert.deepEqual(
    targets.map(({ id, name }) => `${id} ${name}`),
    ['web/0 web/0', 'web/1 web/1', 'db/0 db', 'site site', 'http http', 'queue queue'],
  );
  assert.deepEqual(
    targets.map(({ owner }) => owner && `${owner.service.name} ${owner.index}`),
    ['web 0', 'web 1', 'db 0', null, null, null],
  );
});

test('a name stands for what has it; else for a kind', () => {
  const named = (name: string): string[] => targetsNamed(checkTargets(PLAN), name).map(({ id }) => id);
  assert.equal(named('all').length, 6);
  assert.deepEqual(named('web'), ['web/0', 'web/1']);
  assert.deepEqual(named('web/1'), ['web/1']);
  assert.deepEqual(named('db'), ['db/0']);
  assert.deepEqual(named('site'), ['site']);
  assert.deepEqual(named('http'), ['http'], 'the name of a check wins over a kind');
  assert.deepEqual(named('tcp'), ['http']);
  assert.deepEqual(named('quiet'), []);
  assert.deepEqual(named('nobody'), []);
});
