import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allows, formatKeys, isKeyName, parseKeys, SCOPES, type ApiKey } from '../../../src/core/access/index.ts';

const hash = 'ab'.repeat(32);
const key = (name: string, scope: ApiKey['scope']): ApiKey => ({ name, scope, hash, created: '2026-11-28T20:00:00Z' });

test('a file of keys is read as it was written', () => {
  const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/);
  fc.assert(
    fc.property(fc.array(fc.record({ name: names, scope: fc.constantFrom(...SCOPES) })), (written) => {
      const keys = written.map(({ name, scope }) => key(name, scope));
      assert.deepEqual(parseKeys(formatKeys(keys)), { keys, badLines: [] });
    }),
  );
});

test('lines that hold no key are told, and the others count', () => {
  const text = [
    `a read sha256:${hash} now`,
    '',
    '# note',
    'b read',
    `c write sha256:${hash} now`,
    `d read sha256:12 now`,
  ];
  const { keys, badLines } = parseKeys(text.join('\n'));
  assert.deepEqual([keys.map(({ name }) => name), badLines], [['a'], [4, 5, 6]]);
});

test('control may also read; read may only read', () => {
  assert.deepEqual(
    [
      [key('a', 'read'), 'read'],
      [key('a', 'read'), 'control'],
      [key('a', 'control'), 'read'],
      [key('a', 'control'), 'control'],
    ].map(([one, needed]) => allows(one as ApiKey, needed as 'read')),
    [true, false, true, true],
  );
});

test('a name is one word', () => {
  const names = ['grafana', 'a.b-c_1', '', '-a', 'two words', 'a\nb', 'x'.repeat(64)];
  assert.deepEqual(names.map(isKeyName), [true, true, false, false, false, false, false]);
});
