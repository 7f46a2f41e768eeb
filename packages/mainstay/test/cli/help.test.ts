import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { commandsReference } from '../../src/cli/framework/reference.ts';
import { parse } from '../../src/cli/framework/index.ts';
import { textWidth } from '../../src/cli/text/index.ts';
import { matchesFile } from './support/golden.ts';
import { mainstay } from './support/terminal.ts';

test('help lists every command, at 80 columns', async () => {
  const { code, out } = await mainstay(['help']);
  assert.equal(code, 0);
  matchesFile('test/golden/cli/help.txt', out);
  assert.equal((await mainstay(['--help'])).out, out);
});

for (const command of COMMANDS) {
  test(`help ${command.name} has examples that parse and fits 80 columns`, async () => {
    const { code, out } = await mainstay(['help', command.name]);
    assert.equal(code, 0);
    matchesFile(`test/golden/cli/help-${command.name}.txt`, out);
    assert.equal((await mainstay([command.name, '--help'])).out, out);
    for (const line of out.split('\n')) assert.ok(textWidth(line) <= 80, line);
    assert.ok(command.examples.length > 0);
    for (const { line } of command.examples) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      const start = words.indexOf('mainstay');
      if (start === -1) continue;
      const end = words.findIndex((word) => word === '>' || word === '|');
      parse(words.slice(start + 1, end === -1 ? undefined : end), COMMANDS);
    }
    for (const name of command.see ?? []) {
      assert.ok(
        COMMANDS.some((other) => other.name === name),
        `see also ${name}`,
      );
    }
  });
}

test('docs/reference/commands.md is what the definitions say', () => {
  matchesFile('docs/reference/commands.md', commandsReference(COMMANDS));
});

test('the body of every command loads', async () => {
  for (const command of COMMANDS) assert.equal(typeof (await command.load()).run, 'function', command.name);
});
