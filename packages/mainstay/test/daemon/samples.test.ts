/** What is measured, remembered and told of those who live. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoordinatorEvent } from '../../src/core/coordinator/index.ts';
import { Samples } from '../../src/daemon/samples.ts';
import type { ProcessHost, Usage } from '../../src/ports/index.ts';
import { planOf, servicePlan } from '../../src/sim/plan.ts';
import { Driven } from '../core/coordinator/driven.ts';

const MB = 1024 ** 2;
const LIMITED = { memory: 64 * MB, memoryReservation: null, cpus: null, pids: null };
const QUIET: Usage = { memory: MB, cpu: 5, oomKills: 0, held: true };

interface Rig {
  samples: Samples;
  driven: Driven;
  told: CoordinatorEvent[];
  /** What each instance uses. */
  uses: Record<string, Usage | null>;
  /** Who was measured, with the limit that was named. */
  asked: string[];
}

function rig(sampling = true): Rig {
  const told: CoordinatorEvent[] = [];
  const asked: string[] = [];
  const uses: Record<string, Usage | null> = {};
  const usage = (instance: string, incarnation: number, above: number | null): Usage | null => {
    asked.push(`${instance} ${incarnation} ${above}`);
    return uses[instance] ?? null;
  };
  const driven = new Driven(planOf([servicePlan('app', { resources: LIMITED }), servicePlan('free')], { sampling }));
  const host = { usage } as unknown as ProcessHost;
  const samples = new Samples(
    host,
    () => driven.coordinator.world,
    (event) => told.push(event),
  );
  return { samples, driven, told, uses, asked };
}

test('everybody who lives is measured, and a minute of it is kept', () => {
  const { samples, driven, told, uses, asked } = rig();
  Object.assign(uses, { 'app/0': QUIET, 'free/0': { ...QUIET, held: false } });
  for (let n = 0; n < 9; n += 1) assert.equal(samples.take({ mono: n, wall: n }), false, 'nobody has to be watched');
  assert.deepEqual(asked.slice(0, 2), [`app/0 1 ${64 * MB}`, 'free/0 1 null']);
  assert.deepEqual(told, []);
  assert.deepEqual(
    samples.of('app/0', 1).map(({ at }) => at),
    [2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(samples.of('app/0', 2), []);
  driven.tell({ type: 'restart', services: ['app'], reason: 'r' });
  samples.take({ mono: 9, wall: 9 });
  assert.deepEqual(samples.of('app/0', 2), [{ at: 9, memory: MB, cpu: 5 }]);
});

test('only whose limit nobody holds is watched, and told', () => {
  const { samples, told, uses, asked } = rig();
  Object.assign(uses, { 'app/0': { ...QUIET, held: false, memory: 70 * MB }, 'free/0': { ...QUIET, held: false } });
  assert.equal(samples.take({ mono: 0, wall: 0 }), true);
  const event = { type: 'measured', instance: 'app/0', incarnation: 1, bytes: 70 * MB };
  assert.deepEqual(told, [event]);
  asked.length = 0;
  assert.equal(samples.watch(), true);
  assert.deepEqual(asked, [`app/0 1 ${64 * MB}`]);
  assert.deepEqual(told, [event, event]);
  uses['app/0'] = QUIET;
  assert.equal(samples.watch(), false, 'its limit is held now');
});

test('a kill by the kernel is told once, with the limit that was held', () => {
  const { samples, told, uses } = rig();
  Object.assign(uses, { 'app/0': QUIET, 'free/0': { ...QUIET, held: false } });
  samples.take({ mono: 0, wall: 0 });
  uses['app/0'] = { ...QUIET, oomKills: 2 };
  uses['free/0'] = { ...QUIET, held: false, oomKills: 1 };
  for (let n = 1; n < 3; n += 1) samples.take({ mono: n, wall: n });
  assert.deepEqual(told, [
    { type: 'oom-killed', instance: 'app/0', incarnation: 1, kills: 2, limit: 64 * MB },
    { type: 'oom-killed', instance: 'free/0', incarnation: 1, kills: 1, limit: null },
  ]);
});

test('with sampling off only those with a limit of memory are measured', () => {
  const { samples, uses, asked } = rig(false);
  Object.assign(uses, { 'app/0': { ...QUIET, held: false }, 'free/0': QUIET });
  assert.equal(samples.take({ mono: 0, wall: 0 }), true, 'its limit has to be watched all the same');
  assert.deepEqual(asked, [`app/0 1 ${64 * MB}`]);
  assert.deepEqual(samples.of('free/0', 1), []);
});
