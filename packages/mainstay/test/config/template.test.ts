/** Templates and the order in which variables are looked up. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  type EnvironmentSources,
  escapeTemplate,
  expand,
  expandEnvironment,
  malformedReferences,
  references,
  serviceLookup,
} from '../../src/core/template/index.ts';
import { seeded } from './seed.ts';

const values: Record<string, string> = { A: '1', B: 'two words', EMPTY: '' };
const lookup = (name: string): string | undefined => values[name];
const nothing: EnvironmentSources = { environment: {}, envFiles: [], dotenv: {}, process: {}, late: {} };

describe('expand', () => {
  const cases: [template: string, value: string, missing?: string[]][] = [
    ['plain', 'plain'],
    ['${A}', '1'],
    ['<${A}${B}>', '<1two words>'],
    ['${NOPE}', '', ['NOPE']],
    ['${NOPE}${NOPE}${ALSO}', '', ['NOPE', 'ALSO']],
    ['${NOPE:-x}', 'x'],
    ['${NOPE:-}', ''],
    ['${A:-x}', '1'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY}', ''],
    ['${NOPE:-${A}}', '1'],
    ['${NOPE:-${ALSO:-a b}}', 'a b'],
    ['${NOPE:-${ALSO}}', '', ['ALSO']],
    ['${A:-${ALSO}}', '1'],
    ['$$', '$'],
    ['$${A}', '${A}'],
    ['$$$${A}', '$${A}'],
    ['$', '$'],
    ['$A $1 a$', '$A $1 a$'],
    ['${x%.*}', '${x%.*}'],
    ['${A', '${A'],
    ['}${A}{', '}1{'],
  ];
  for (const [template, value, missing = []] of cases) {
    test(JSON.stringify(template), () => assert.deepEqual(expand(template, lookup), { value, missing }));
  }

  test('an escaped text expands to itself, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', 'x') });
    fc.assert(
      fc.property(text, (raw) => assert.deepEqual(expand(escapeTemplate(raw), lookup), { value: raw, missing: [] })),
      seeded('escape'),
    );
  });

  test('values are not expanded again', () => {
    assert.equal(expand('${X}', () => '${A} $$').value, '${A} $$');
  });
});

test('references: all of them, those in defaults too', () => {
  assert.deepEqual(references('${A} $${B} ${C:-x${D:-}}'), [
    { name: 'A', fallback: null },
    { name: 'C', fallback: 'x${D:-}' },
    { name: 'D', fallback: '' },
  ]);
});

test('malformed references', () => {
  const texts = malformedReferences('${} ${1} ${A:?x} ${A:-${B-}} ${open').map(({ text }) => text);
  assert.deepEqual(texts, ['${}', '${1}', '${A:?x}', '${B-}', '${open']);
});

describe('where variables are looked up', () => {
  test('environment, then env files from the last, then .env, then the process', () => {
    const sources: EnvironmentSources = {
      environment: { E: 'environment' },
      envFiles: [{ E: '1', F: '1', G: '1' }, { F: '2' }],
      dotenv: { E: 'd', F: 'd', G: 'd', H: 'd' },
      process: { E: 'p', F: 'p', G: 'p', H: 'p', I: 'p' },
      late: {},
    };
    const find = serviceLookup(sources);
    assert.deepEqual(['E', 'F', 'G', 'H', 'I', 'J'].map(find), ['environment', '2', '1', 'd', 'p', undefined]);
  });

  test('INSTANCE and SERVICE win over everything', () => {
    const find = serviceLookup({ ...nothing, environment: { INSTANCE: 'x' }, late: { INSTANCE: '3' } });
    assert.equal(find('INSTANCE'), '3');
  });

  test('names of Object.prototype are not set', () => {
    assert.equal(serviceLookup(nothing)('constructor'), undefined);
  });

  test('values of environment may refer to each other, in any order', () => {
    const sources = { ...nothing, environment: { A: '${B}/a', B: '${C}/b', C: 'c' } };
    assert.deepEqual(expandEnvironment(sources), { values: { A: 'c/b/a', B: 'c/b', C: 'c' }, missing: [] });
  });

  test('its own name means the next source', () => {
    const sources = { ...nothing, environment: { PATH: '/opt:${PATH}' }, envFiles: [{ PATH: '/file' }] };
    assert.deepEqual(expandEnvironment(sources).values, { PATH: '/opt:/file' });
    assert.equal(serviceLookup(sources)('PATH'), '/opt:/file');
  });

  test('a circle ends, and is missing', () => {
    const { missing } = expandEnvironment({ ...nothing, environment: { A: '${B}', B: '${A}' } });
    assert.deepEqual(missing.sort(), ['A', 'B']);
  });

  test('programs receive env files and environment, and nothing else', () => {
    const sources: EnvironmentSources = {
      environment: { A: '${SHELL_ONLY}' },
      envFiles: [{ B: '1', A: 'file' }],
      dotenv: { DOT: '1' },
      process: { SHELL_ONLY: 's' },
      late: { INSTANCE: '0' },
    };
    assert.deepEqual(expandEnvironment(sources).values, { A: 's', B: '1' });
  });
});
