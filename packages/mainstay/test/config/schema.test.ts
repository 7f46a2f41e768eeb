/** The JSON Schema: complete, and of one mind with the loader. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { configSchema, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { stalePages } from '../../../../scripts/docs.ts';
import { readFixture } from './fixture.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
}

function* keys(schema: Schema, at: string): Generator<{ at: string; schema: Schema }> {
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    yield { at: `${at}.${key}`, schema: inner };
    yield* keys(inner, `${at}.${key}`);
  }
  const rest = [schema.additionalProperties, schema.items, ...(schema.anyOf ?? [])];
  for (const inner of rest) if (typeof inner === 'object') yield* keys(inner, at);
}

test('every key has a description', () => {
  const all = [...keys(configSchema(CHECKS) as Schema, '')];
  assert.ok(all.length > 100);
  const silent = all.filter(({ schema }) => (schema.description ?? '').length < 4).map(({ at }) => at);
  assert.deepEqual(silent, []);
});

test('every key of a service stands in a fixture', () => {
  const folder = path.join(import.meta.dirname, '../../../../test/golden/config');
  const fixtures = readdirSync(folder).map((name) => readFixture(path.join(folder, name)));
  const text = fixtures
    .filter(({ expected }) => expected.includes('expect plan'))
    .map(({ input }) => input)
    .join('\n');
  const services = (configSchema(CHECKS) as Schema).properties?.['services']?.additionalProperties as Schema;
  const missing = Object.keys(services.properties ?? {}).filter((key) => !new RegExp(`\\b${key}:`).test(text));
  assert.deepEqual(missing, []);
});

test('unknown keys are errors in the schema as well, except those for anchors', () => {
  const schema = configSchema(CHECKS);
  assert.equal(schema['additionalProperties'], false);
  assert.deepEqual(schema['patternProperties'], { '^x-': {} });
});

test('the pages of the reference are up to date (node scripts/docs.ts)', () => {
  assert.deepEqual(stalePages(), []);
});

describe('files of the repository', () => {
  const examples = path.join(import.meta.dirname, '../../../../examples');
  for (const name of readdirSync(examples)) {
    test(`examples/${name}`, async () => {
      const file = path.join(examples, name, 'mainstay.yaml');
      const { problems } = await loadPlan({ file, env: {}, kinds: CHECKS });
      // Its variables come from a `.env` that is written when the example is started.
      const wrong = problems.filter(({ reason }) => !reason.endsWith('is not set'));
      assert.deepEqual(wrong, []);
    });
  }
});
