/** Every fixture of test/golden/config; `UPDATE=1` writes what comes out now, for a person to judge. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { diffPlans, loadPlan, planForPeople, planAsJson } from '../../src/config/index.ts';
import { actual, readFixture, withFixture } from './fixture.ts';
import { KINDS, NOTIFIER_KINDS } from './kinds.ts';

const folder = path.join(import.meta.dirname, '../../../../test/golden/config');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .sort();

describe('golden fixtures of configuration', () => {
  test('there are at least 80, with numbers of their own', () => {
    assert.ok(names.length >= 80, `only ${names.length}`);
    const numbers = names.map((name) => name.slice(0, 3));
    assert.equal(new Set(numbers).size, numbers.length);
  });

  for (const name of names) {
    test(name, async () => {
      const file = path.join(folder, name);
      const fixture = readFixture(file);
      const found = await actual(fixture);
      if (process.env['UPDATE'] === '1') writeFileSync(file, fixture.input + found);
      else assert.equal(found, fixture.expected);
    });
  }
});

describe('mainstay config', () => {
  for (const name of names) {
    const fixture = readFixture(path.join(folder, name));
    if (!fixture.expected.includes('--- expect plan')) continue;
    test(`what it prints of ${name} makes the same plan`, async () => {
      await withFixture(fixture, async ({ plan }, directory) => {
        assert.ok(plan !== null);
        if (JSON.stringify(planAsJson(plan)) !== JSON.stringify(plan)) return; // Masked: cannot be the same.
        const file = path.join(directory, 'mainstay.yaml');
        writeFileSync(file, planForPeople(plan));
        const again = await loadPlan({
          file,
          env: { ...fixture.env, MAINSTAY_ENV: undefined },
          kinds: KINDS,
          notifiers: NOTIFIER_KINDS,
        });
        assert.deepEqual(again.problems, []);
        assert.deepEqual(again.plan, { ...plan, environment: null });
        assert.ok(diffPlans(plan, again.plan).services.every(({ change }) => change === 'unchanged'));
      });
    });
  }
});
