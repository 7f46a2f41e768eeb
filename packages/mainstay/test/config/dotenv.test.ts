/** `.env` files. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseDotenv } from '../../src/core/template/index.ts';
import { seeded } from './seed.ts';

describe('what is understood', () => {
  const cases: [text: string, values: Record<string, string>][] = [
    ['', {}],
    ['A=1', { A: '1' }],
    ['A=1\nB=2\n', { A: '1', B: '2' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\uFEFFA=1', { A: '1' }],
    ['  # note\n\nA=1', { A: '1' }],
    ['export A=1\nexport\tB=2', { A: '1', B: '2' }],
    ['A = 1 ', { A: '1' }],
    ['A=', { A: '' }],
    ['A=# nothing', { A: '' }],
    ['A=a b # note', { A: 'a b' }],
    ['A=a#b', { A: 'a#b' }],
    ['A=a=b', { A: 'a=b' }],
    [`A='a # $B \\n'`, { A: 'a # $B \\n' }],
    ['A="a # \\n\\t\\"\\\\\\$" # note', { A: 'a # \n\t"\\$' }],
    ['A="\\x"', { A: '\\x' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    [`A='one\n# two'\nB=3`, { A: 'one\n# two', B: '3' }],
    ['A=${B} $$', { A: '${B} $$' }],
    ['A=1\nA=2', { A: '2' }],
    ['A.b-c=1', { 'A.b-c': '1' }],
  ];
  for (const [text, values] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(parseDotenv(text), { values, problems: [] }));
  }

  test('any value survives double quotes', () => {
    const quote = (value: string): string => `"${value.replaceAll(/["\\$`]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '#', '"', "'", '\\', '$', '\n', 'ü', '=') }), (value) =>
        assert.deepEqual(parseDotenv(`A=${quote(value)} # note\nB=2`).values, { A: value, B: '2' }),
      ),
      seeded('dotenv'),
    );
  });
});

describe('what is refused, with its line', () => {
  const cases: [text: string, line: number, reason: RegExp][] = [
    ['A=1\nno', 2, /NAME=value/],
    ['1A=1', 1, /NAME=value/],
    ['A="x\n\nB=1', 1, /without an end/],
    ["A='x' y", 1, /after the closing quote/],
    ['A="a\nb"\nno', 3, /NAME=value/],
  ];
  for (const [text, line, reason] of cases) {
    test(JSON.stringify(text), () => {
      const [problem] = parseDotenv(text).problems;
      assert.equal(problem?.line, line);
      assert.match(problem?.reason ?? '', reason);
    });
  }

  test('the lines after it are read all the same', () => {
    assert.deepEqual(parseDotenv('no\nA=1').values, { A: '1' });
  });
});
