import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../../src/core/order/index.ts';
import { takeRestart } from '../../../src/core/budget/index.ts';
import { servicePlan } from '../../../src/sim/index.ts';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import fc from 'fast-check';

const service = (name: string, ...needs: string[]): ServicePlan =>
  servicePlan(name, {
    dependsOn: needs.map((one) => ({ service: one, condition: 'service_started', restart: false, required: true })),
  });

test('dependencies come first, in the order of the file where it is free', () => {
  const graph = buildGraph([service('web', 'app'), service('app', 'db', 'cache'), service('cache'), service('db')]);
  assert.deepEqual(graph.order(), ['db', 'cache', 'app', 'web']);
  assert.deepEqual(graph.closure(['app']), ['db', 'cache', 'app']);
  assert.deepEqual(graph.dependents('db'), ['app']);
  assert.deepEqual(graph.closure(['unknown']), []);
});

test('a cycle loses its order and hangs nothing', () => {
  const graph = buildGraph([service('a', 'b'), service('b', 'a'), service('c', 'c')]);
  assert.deepEqual(new Set(graph.order()), new Set(['a', 'b', 'c']));
});

test('the budget grants at most so many in any window, and says how long to wait', () => {
  const plan = { restarts: 3, window: 1_000 };
  fc.assert(
    fc.property(fc.array(fc.nat(600), { maxLength: 60 }), (gaps) => {
      let [state, now]: [readonly number[], number] = [[], 0];
      const granted: number[] = [];
      for (const gap of gaps) {
        now += gap;
        const taken = takeRestart(state, plan, now);
        state = taken.state;
        if (taken.waitMs === 0) granted.push(now);
        else assert.equal(takeRestart(state, plan, now + taken.waitMs).waitMs, 0, 'it is free when it was said to be');
      }
      for (const at of granted)
        assert.ok(granted.filter((one) => one <= at && at - one < plan.window).length <= plan.restarts);
    }),
  );
});
