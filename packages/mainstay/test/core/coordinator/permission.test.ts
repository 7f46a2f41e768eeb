/** Who may start when: conditions of dependencies × what these are doing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHASES, type Phase } from '@mainstay/protocol';
import { Coordinator, dependencyState, type World } from '../../../src/core/coordinator/index.ts';
import type { DependencyPlan } from '../../../src/core/plan/index.ts';
import { planOf, servicePlan } from '../../../src/sim/index.ts';

const NOW = { mono: 0, wall: 0 };

function worldOf(phases: readonly Phase[]): World {
  const plan = planOf([servicePlan('db', { instances: phases.length })]);
  const { world } = new Coordinator(plan, { next: () => 0 }, NOW);
  for (const [at, instance] of [...world.instances.values()].entries())
    instance.life = { ...instance.life, phase: phases[at] ?? 'stopped' };
  return world;
}

function kind(condition: DependencyPlan['condition'], required: boolean, ...phases: Phase[]): string {
  return dependencyState(worldOf(phases), { service: 'db', condition, restart: false, required }).kind;
}

const STARTED: Record<Phase, string> = {
  stopped: 'pending',
  waiting: 'pending',
  starting: 'pending',
  running: 'met',
  ready: 'met',
  stopping: 'pending',
  backoff: 'pending',
  cooldown: 'failed',
  fatal: 'failed',
  unkillable: 'failed',
  completed: 'met',
};

for (const phase of PHASES) {
  test(`a dependency that is ${phase}`, () => {
    const told = STARTED[phase];
    assert.equal(kind('service_started', true, phase), told);
    assert.equal(kind('service_healthy', true, phase), phase === 'ready' ? 'met' : told === 'met' ? 'pending' : told);
    assert.equal(
      kind('service_completed_successfully', true, phase),
      phase === 'completed' ? 'met' : told === 'met' ? 'pending' : told,
    );
    // What is not required is waited for until it gives up.
    assert.equal(kind('service_started', false, phase), told === 'failed' ? 'met' : told);
  });
}

test('of several instances one good one is enough, once no other is on its way', () => {
  assert.equal(kind('service_started', true, 'ready', 'fatal'), 'met');
  assert.equal(kind('service_started', true, 'ready', 'backoff'), 'met');
  assert.equal(kind('service_started', true, 'ready', 'starting'), 'pending');
  assert.equal(kind('service_started', true, 'fatal', 'backoff'), 'pending', 'one of them may yet come');
  assert.equal(kind('service_started', true, 'fatal', 'cooldown'), 'failed');
});

test('a dependency that the operator stopped is named, and what is not in the plan is not waited for', () => {
  const world = worldOf(['stopped']);
  const service = world.services.get('db');
  assert.ok(service !== undefined);
  service.desired = 'stopped';
  const needed = { service: 'db', condition: 'service_started', restart: false, required: true } as const;
  assert.deepEqual(dependencyState(world, needed), {
    kind: 'pending',
    reason: 'waiting for db: the operator stopped it',
  });
  assert.equal(dependencyState(world, { ...needed, required: false }).kind, 'met');
  assert.equal(dependencyState(world, { ...needed, service: 'other' }).kind, 'met');
});
