/** Checks of their own through faults of their targets, of the services they depend on, and of the daemon. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES, type Tables } from '../../src/core/coordinator/index.ts';
import { ignore } from '../../src/core/machine/index.ts';
import { simulate } from '../../src/sim/index.ts';
import { SEED } from './seeds.ts';

const FAULTS = 1_000;

test(`checks say what is true, through at least ${FAULTS} faults`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  let done = 0;
  const kinds = new Set<string>();
  for (let seed = SEED; done < FAULTS; seed += 1) {
    const result = await simulate({ seed, faults: 50, checks: true });
    assert.deepEqual(result.violations, [], `seed ${seed}`);
    for (const kind of Object.keys(result.kinds)) kinds.add(kind);
    done += result.faults;
  }
  for (const kind of ['a target: fail', 'a target: frozen', 'other checks']) assert.ok(kinds.has(kind), kind);
});

/** Whether the simulator notices that these tables are wrong. */
async function noticed(check: Tables['check']): Promise<boolean> {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { violations } = await simulate({ seed, faults: 50, checks: true, tables: { ...TABLES, check } });
    if (violations.length > 0) return true;
  }
  return false;
}

test('a check that is never held, never begun or never recovers is noticed', async () => {
  const { idle, pass, fail } = TABLES.check;
  assert.ok(await noticed({ ...TABLES.check, idle: { ...idle, begin: ignore('mutant') } }), 'never begun');
  assert.ok(await noticed({ ...TABLES.check, pass: { ...pass, hold: ignore('mutant') } }), 'never held');
  assert.ok(await noticed({ ...TABLES.check, fail: { ...fail, observed: ignore('mutant') } }), 'never recovers');
});
