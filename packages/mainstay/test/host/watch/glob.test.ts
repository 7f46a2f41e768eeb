import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { globMatcher } from '../../../src/host/watch/glob.ts';
import { ignorer } from '../../../src/host/watch/ignore.ts';

const cases: [string, string[], string[]][] = [
  ['*.md', ['README.md', 'docs/a.md'], ['a.mdx', 'md']],
  ['data/**', ['data', 'data/x', 'data/x/y'], ['sub/data', 'database']],
  ['data/', ['data', 'sub/data'], ['data2']],
  ['/build', ['build'], ['sub/build']],
  ['./build/x', ['build/x'], ['x']],
  ['**/gen', ['gen', 'a/gen', 'a/b/gen'], ['agen']],
  ['src/**/test', ['src/test', 'src/a/b/test'], ['src/atest']],
  ['*.{js,ts}', ['a.js', 'b/c.ts'], ['a.jsx', 'a.{js,ts}']],
  ['file?.[ch]', ['file1.c', 'x/fileA.h'], ['file.c', 'file1.o']],
  ['[!a]*.txt', ['b.txt'], ['a.txt']],
  ['a+b(1).txt', ['a+b(1).txt'], ['aab1.txt']],
  ['odd[', ['odd['], ['odd']],
  ['odd{x', ['oddx'], ['odd']],
];

test('patterns match what they should', () => {
  for (const [pattern, yes, no] of cases) {
    const matches = globMatcher([pattern]);
    for (const path of yes) assert.ok(matches(path), `${pattern} matches ${path}`);
    for (const path of no) assert.ok(!matches(path), `${pattern} does not match ${path}`);
  }
  assert.equal(globMatcher([])('anything'), false);
});

test('patterns with a slash agree with those of Node', () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`glob: SEED=${seed}`);
  const part = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '?b', '**');
  const name = fc.constantFrom('a', 'b', 'ab', 'abb');
  const parts = fc.array(part, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(parts, fc.array(name, { minLength: 1, maxLength: 4 }), (pattern, path) => {
      // Two `**` in a row and a `**` at the end are read differently on purpose.
      fc.pre(pattern.at(-1) !== '**' && !pattern.join('/').includes('**/**'));
      const glob = pattern.join('/');
      assert.equal(globMatcher([glob])(path.join('/')), matchesGlob(path.join('/'), glob), `${glob} ${path.join('/')}`);
    }),
    { seed, numRuns: 2000 },
  );
});

test('what nobody edits is ignored, but never the watched folder itself', () => {
  const ignored = ignorer('/srv/node_modules', ['*.log']);
  assert.equal(ignored('/srv/node_modules'), false);
  for (const name of ['node_modules', 'a/.git', '.mainstay', 'x.log', '.a.txt.swp', 'a.txt~', '.#a', 'b.tmp']) {
    assert.ok(ignored(`/srv/node_modules/${name}`), name);
  }
  for (const name of ['a.txt', '.env', 'src/gitter']) assert.ok(!ignored(`/srv/node_modules/${name}`), name);
});
