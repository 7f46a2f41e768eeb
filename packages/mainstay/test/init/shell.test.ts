/** Lines for a shell: where no shell is needed, the arguments are those that a real shell would pass. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { literal, shellCommand } from '../../src/config/import/shell.ts';
import { plainWords, Unbalanced } from '../../src/config/import/words.ts';
import { expand } from '../../src/core/template/index.ts';

const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
const ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', NAME: 'value', EMPTY: '' };

/** What a real shell makes of the words of a line. */
function words(line: string, shell = 'sh'): string[] | null {
  const script = `show() { for word in "$@"; do printf '%s\\0' "$word"; done; }\nshow ${line}`;
  const run = spawnSync(shell, ['-f', '-c', script], { env: ENVIRONMENT, encoding: 'utf8', cwd: '/' });
  return run.status === 0 && run.stderr === '' ? run.stdout.split('\0').slice(0, -1) : null;
}

const atom = fc.oneof(
  fc.constantFrom('a', 'b1', '-x', '--y=z', '=', ',', ':', '/', '.', '@', '%', '+', '~', '#', '!', '^', 'é', '€'),
  fc.constantFrom(' ', '  ', '\t'),
  fc.constantFrom("'", '"', '\\', "''", '""', "'a b'", '"a b"', '\\ ', '\\"', "\\'", '\\\\'),
  fc.constantFrom(
    '$NAME',
    '${NAME}',
    '"$NAME"',
    '${EMPTY:-x}',
    '${UNSET:-d}',
    '"${UNSET:-d e}"',
    '$',
    '$$',
    '$(x)',
    '`x`',
    '$1',
    "'$NAME'",
  ),
  fc.constantFrom('*', '?', '[a]', '{a,b}', '{x}', '|', '&&', ';', '>', '<', '(', ')'),
);

test('simple lines have the arguments that a shell passes', () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.array(atom, { minLength: 1, maxLength: 12 }), (atoms) => {
      const line = `p${atoms.join('')}`;
      let made;
      try {
        made = shellCommand(line);
      } catch (error) {
        assert.ok(error instanceof Unbalanced);
        return;
      }
      if (made.shell || Object.keys(made.environment).length > 0) return;
      const expected = words(line);
      if (expected === null) return;
      compared += 1;
      const actual = made.command.map(
        (word) => expand(word, (name) => (ENVIRONMENT as Record<string, string>)[name]).value,
      );
      assert.deepEqual(actual, expected, line);
    }),
    { numRuns: 400, ...(SEED === undefined ? {} : { seed: SEED }) },
  );
  assert.ok(compared > 60, `only ${compared} lines were compared`);
});

test('a line that needs a shell is given to it as it was written', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      let made;
      try {
        made = shellCommand(`a | ${line}`);
      } catch (error) {
        assert.ok(error instanceof Unbalanced);
        return;
      }
      assert.equal(made.shell, true);
      assert.equal(expand(made.command[2] ?? '', () => 'wrong').value, `a | ${line}`.trim());
    }),
    SEED === undefined ? {} : { seed: SEED },
  );
});

test('literal text survives expansion', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('$', '{', '}', 'A', '$$', '${A}', ' ')), (parts) => {
      const text = parts.join('');
      assert.equal(expand(literal(text), () => 'wrong').value, text);
      assert.equal(expand(parts.map(literal).join(''), () => 'wrong').value, text, 'also put together from pieces');
    }),
  );
});

test('what only a shell understands is left to it', () => {
  for (const line of [
    'cd x',
    'cd x; y',
    'if true; then y; fi',
    'export A=1',
    '. ./env',
    'a $(b)',
    'a `b`',
    'a *.c',
    '~/x',
    'a ${B#c}',
    'a $1',
    'a &',
    'a > b',
    '"a" # c | d\nb',
  ]) {
    assert.equal(shellCommand(line).shell, true, line);
  }
});

test('a directory, assignments and exec in front of a command are taken off', () => {
  assert.deepEqual(shellCommand('cd "my app" && A=1 B="x y" exec node s.js # comment'), {
    command: ['node', 's.js'],
    environment: { A: '1', B: 'x y' },
    directory: 'my app',
    shell: false,
    unquoted: [],
  });
  assert.deepEqual(shellCommand('a $B "$C" x${D:-e}').unquoted, ['B', 'D']);
});

test('words without a shell: quotes and backslashes only', () => {
  assert.deepEqual(plainWords(`a 'b c' "d \\"e\\"" f\\ g | & "$H"`, { braces: false }), [
    'a',
    'b c',
    'd "e"',
    'f g',
    '|',
    '&',
    '$H',
  ]);
  assert.deepEqual(plainWords('a ${B:-c d}e', { braces: true }), ['a', '${B:-c d}e']);
  assert.throws(() => plainWords('a "b', { braces: false }), Unbalanced);
});
