/** A daemon begins after another: what is wanted is stored, what lives is seen, and what should not be there is ended first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '@mainstay/protocol';
import type { Boot } from '../../../src/core/coordinator/index.ts';
import type { Life } from '../../../src/core/life/index.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { STATES } from '../life/cells.ts';
import { deeds, Driven } from './driven.ts';

const EXIT = { code: 1, signal: null, known: true };
const APP = planOf([servicePlan('app')]);

function tree(incarnation: number, { leader = true, instance = 'app/0' as InstanceId } = {}): Boot['trees'][number] {
  const identity = { bootId: 'boot', pid: 40 + incarnation, startTime: '7' };
  return { instance, incarnation, leader: leader ? identity : null, members: [identity] };
}

/** `app/0` was in its third incarnation. */
function stored(name: keyof typeof STATES, instance: InstanceId = 'app/0'): Boot['stored'] {
  return [{ id: instance, life: STATES[name] as Life, health: null }];
}

test('with nothing stored, everything is started in its order', () => {
  const needs = { service: 'db', condition: 'service_started', restart: false, required: true } as const;
  const { booted } = new Driven(planOf([servicePlan('app', { dependsOn: [needs] }), servicePlan('db')]));
  assert.deepEqual(deeds(booted), ['spawn db/0', 'spawn app/0']);
});

test('what lives is adopted, and nothing is done to it', () => {
  const driven = new Driven(APP, { stored: stored('ready'), trees: [tree(3)] });
  assert.deepEqual(deeds(driven.booted), []);
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 3' });
  assert.ok(driven.booted.some((one) => one.type === 'adopt' && one.tree.incarnation === 3));
});

test('what lives and was never stored is adopted all the same', () => {
  const driven = new Driven(APP, { trees: [tree(3)] });
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 3' });
});

test('what was stopped by the operator stays so', () => {
  const driven = new Driven(APP, { stored: stored('stopped'), intents: { app: 'stopped' } });
  assert.deepEqual(driven.lives(), { 'app/0': 'stopped 3' });
});

test('an older tree is ended before anything new is started', () => {
  const driven = new Driven(APP, { stored: stored('waiting'), trees: [tree(3, { leader: false })] });
  const all = deeds(driven.booted);
  assert.deepEqual(all, ['kill app/0', 'spawn app/0']);
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 4' });
  assert.ok(driven.booted.some((one) => one.type === 'forget' && one.incarnation === 3));
});

test('an older tree beside the newest is ended, and forgotten only when it is empty', () => {
  const driven = new Driven(APP, { stored: stored('ready'), trees: [tree(2), tree(3)] });
  assert.deepEqual(
    driven.booted.flatMap((one) => (one.type === 'kill' ? [one.incarnation] : [])),
    [2],
  );
  assert.deepEqual(driven.lives(), { 'app/0': 'ready 3' });
});

test('what is left on purpose is left', () => {
  const plan = planOf([servicePlan('app', { killMode: 'process' })]);
  const { booted } = new Driven(plan, { stored: stored('waiting'), trees: [tree(3, { leader: false })] });
  assert.deepEqual(deeds(booted), ['spawn app/0']);
});

test('a tree of nothing in the plan is ended, and what is stored of it removed', () => {
  const { booted } = new Driven(APP, { stored: stored('ready', 'old/0'), trees: [tree(3, { instance: 'old/0' })] });
  assert.ok(deeds(booted).includes('kill old/0'));
  assert.ok(booted.some((one) => one.type === 'remove' && one.instance === 'old/0'));
});

test('an end that nobody saw is accounted for; it and older ones are forgotten', () => {
  const exits = [2, 3].map((incarnation) => ({ instance: 'app/0' as const, incarnation, exit: EXIT }));
  const driven = new Driven(APP, { stored: stored('ready'), exits });
  assert.equal(driven.phase('app/0'), 'backoff');
  const forgotten = driven.booted.flatMap((one) => (one.type === 'forget' ? [one.incarnation] : []));
  assert.deepEqual(new Set(forgotten), new Set([2, 3]));
});

test('no number is given twice while anything tells of its first bearer', () => {
  const { coordinator } = new Driven(APP, { exits: [{ instance: 'app/0', incarnation: 9, exit: EXIT }] });
  assert.ok((coordinator.world.instances.get('app/0')?.life.incarnation ?? 0) >= 9);
});

test('an orderly end that had begun goes on', () => {
  const driven = new Driven(APP, { stored: stored('ready'), trees: [tree(3)], goal: 'down' });
  assert.deepEqual(deeds(driven.booted), ['signal app/0']);
  assert.equal(driven.booted.at(-1)?.type, 'all-down');
});

test('the budget of restarts goes on, too', () => {
  const failed = STATES['backoff'] as Life;
  const life: Life = { ...failed, restart: { ...failed.restart, attempts: [999_000, 999_500] } };
  const driven = new Driven(APP, { stored: [{ id: 'app/0', life, health: null }] });
  assert.deepEqual(driven.coordinator.world.budget, [999_000, 999_500]);
});
