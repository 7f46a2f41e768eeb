/** The difference of two plans: every field is known, and each has its effect. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SERVICE_EFFECTS, TOP_FIELDS, diffPlans } from '../../src/config/diff/index.ts';
import type { Plan, ServicePlan } from '../../src/core/plan/index.ts';
import { parseFixture, withFixture } from './fixture.ts';

async function planOf(yaml: string): Promise<Plan> {
  const plan = await withFixture(parseFixture(`--- mainstay.yaml\n${yaml}\n`), (result) =>
    Promise.resolve(result.plan),
  );
  assert.ok(plan !== null);
  const services = plan.services.map((service) => ({ ...service, workingDirectory: '/srv' }));
  return { ...plan, services, file: '/srv/mainstay.yaml', directory: '/srv', processStatusFile: '/srv/s.json' };
}

/** One service, as it is and with one field changed. */
async function pair(change: Partial<ServicePlan>): Promise<[Plan, Plan]> {
  const plan = await planOf('services: { web: { command: [app, x], environment: { A: 1 } } }');
  const [service] = plan.services;
  assert.ok(service !== undefined);
  return [plan, { ...plan, services: [{ ...service, ...change }] }];
}

test('the table has every field of a service and of a plan', async () => {
  const plan = await planOf('services: { web: { command: app } }');
  assert.deepEqual(Object.keys(SERVICE_EFFECTS).sort(), Object.keys(plan.services[0] ?? {}).sort());
  assert.deepEqual([...Object.keys(TOP_FIELDS), 'services', 'checks', 'alerts'].sort(), Object.keys(plan).sort());
});

describe('a change of each field has the effect of the table', () => {
  for (const field of Object.keys(SERVICE_EFFECTS) as (keyof ServicePlan)[]) {
    if (field === 'name') continue; // Another name is another service.
    test(`${field}: ${SERVICE_EFFECTS[field]}`, async () => {
      const [before, after] = await pair({ [field]: field === 'command' ? ['changed'] : 'changed' });
      const [service] = diffPlans(before, after).services;
      assert.equal(service?.change, 'changed');
      assert.deepEqual(
        service.fields.map(({ path }) => path.split('.')[0]),
        [field],
      );
      assert.equal(service.effect, SERVICE_EFFECTS[field]);
    });
  }
});

test('a plan does not differ from itself', async () => {
  const [plan] = await pair({});
  const diff = diffPlans(plan, structuredClone(plan));
  assert.deepEqual(diff, { services: [{ name: 'web', change: 'unchanged', fields: [], effect: null }], top: [] });
});

test('the order of keys is no difference, the order of arguments is', async () => {
  const [before, after] = await pair({ command: ['x', 'app'] });
  const reordered = {
    ...before,
    services: before.services.map((one) => Object.fromEntries(Object.entries(one).reverse())),
  };
  assert.equal(diffPlans(before, reordered as unknown as Plan).services[0]?.change, 'unchanged');
  assert.equal(diffPlans(before, after).services[0]?.change, 'changed');
});

test('mappings are compared key by key', async () => {
  const [before, after] = await pair({ environment: { A: '2', B: '3' } });
  assert.deepEqual(diffPlans(before, after).services[0]?.fields, [
    { path: 'environment.A', before: '1', after: '2', effect: 'restart' },
    { path: 'environment.B', before: undefined, after: '3', effect: 'restart' },
  ]);
});

test('the strongest effect is that of the service', async () => {
  const [before, after] = await pair({ stopGracePeriod: 1, command: ['y'] });
  assert.equal(diffPlans(before, after).services[0]?.effect, 'restart');
});

test('services come and go, in the order of the new plan', async () => {
  const before = await planOf('services: { a: { command: a }, gone: { command: g }, b: { command: b } }');
  const after = await planOf('services: { b: { command: b }, new: { command: n }, a: { command: a } }');
  assert.deepEqual(
    diffPlans(before, after).services.map(({ name, change }) => `${name} ${change}`),
    ['b unchanged', 'new added', 'a unchanged', 'gone removed'],
  );
});

test('what is not of a service', async () => {
  const before = await planOf('services: { a: { command: a } }');
  const after = await planOf(
    'services: { a: { command: a } }\nrestart_budget: { restarts: 5 }\nobjective: { mttr: 5m }',
  );
  const { top } = diffPlans(before, after);
  assert.deepEqual(
    top.map(({ path, effect }) => `${path} ${effect}`),
    ['objective live', 'restartBudget.restarts live'],
  );
});
