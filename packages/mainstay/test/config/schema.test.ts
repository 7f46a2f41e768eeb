/** The JSON Schema: complete, and of one mind with the loader. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { NOTIFIERS } from '../../src/registry/notifiers.ts';
import { stalePages } from '../../../../scripts/docs.ts';
import { type Fixture, readFixture } from './fixture.ts';
import { KINDS, NOTIFIER_KINDS } from './kinds.ts';

function fixtures(): { name: string; fixture: Fixture }[] {
  const folder = path.join(import.meta.dirname, '../../../../test/golden/config');
  return readdirSync(folder).map((name) => ({ name, fixture: readFixture(path.join(folder, name)) }));
}

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
  const all = [...keys(configSchema(CHECKS, NOTIFIERS) as Schema, '')];
  assert.ok(all.length > 100);
  const silent = all.filter(({ schema }) => (schema.description ?? '').length < 4).map(({ at }) => at);
  assert.deepEqual(silent, []);
});

test('what the loader accepts, the schema accepts; and it refuses unknown keys', () => {
  const schema = z.fromJSONSchema(configSchema(KINDS, NOTIFIER_KINDS) as Parameters<typeof z.fromJSONSchema>[0]);
  let accepted = 0;
  for (const { name, fixture } of fixtures()) {
    const isPlan = fixture.expected.includes('--- expect plan');
    const isUnknownKey = /is not a key of (?!expect)/.test(fixture.expected);
    if (!isPlan && !isUnknownKey) continue;
    const { success, error } = schema.safeParse(parse(fixture.files['mainstay.yaml'] ?? '', { merge: true }));
    assert.equal(success, isPlan, `${name}: ${error?.message ?? 'accepted'}`);
    accepted += isPlan ? 1 : 0;
  }
  assert.ok(accepted > 50);
});

test('every key of a service stands in a fixture', () => {
  const text = fixtures()
    .filter(({ fixture }) => fixture.expected.includes('expect plan'))
    .map(({ fixture }) => fixture.input)
    .join('\n');
  const services = (configSchema(CHECKS, NOTIFIERS) as Schema).properties?.['services']?.additionalProperties as Schema;
  const missing = Object.keys(services.properties ?? {}).filter((key) => !new RegExp(`\\b${key}:`).test(text));
  assert.deepEqual(missing, []);
});

test('unknown keys are errors in the schema as well, except those for anchors', () => {
  const schema = configSchema(CHECKS, NOTIFIERS);
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
      const { problems } = await loadPlan({ file, env: {}, kinds: CHECKS, notifiers: NOTIFIERS });
      // Its variables come from a `.env` that is written when the example is started.
      const wrong = problems.filter(({ reason }) => !reason.endsWith('is not set'));
      assert.deepEqual(wrong, []);
    });
  }
});
