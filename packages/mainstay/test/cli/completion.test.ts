import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scanNames } from '../../src/cli/completion/names.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { projectDirectory } from './support/fake-daemon.ts';
import { mainstay } from './support/terminal.ts';

/** Shells on this machine; what is not here cannot be asked. */
const present = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).error === undefined;

for (const shell of ['bash', 'zsh', 'fish']) {
  if (present(shell)) {
    test(`the ${shell} script is right for ${shell}`, async () => {
      const { out } = await mainstay(['completion', shell]);
      const checked = spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' });
      assert.equal(checked.stderr, '');
      assert.equal(checked.status, 0);
    });
  }

  test(`the ${shell} script knows every command and option`, async () => {
    const { out } = await mainstay(['completion', shell]);
    for (const { name, options } of COMMANDS) {
      assert.ok(out.includes(name), name);
      for (const option of options) assert.ok(out.includes(option.name), `${name} --${option.name}`);
    }
  });
}

test('bash completes commands, options and services', async () => {
  const { out: script } = await mainstay(['completion', 'bash']);
  const complete = (...words: string[]): string[] => {
    const program = `${script}
mainstay() { printf 'web\\ndb\\n'; test "$*" != '-f x completion services' || echo with-file; }
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _mainstay; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const result = spawnSync('bash', ['-c', program, 'bash', 'mainstay', ...words], { encoding: 'utf8' });
    assert.equal(result.status, 0, result.stderr);
    return result.stdout.trim().split('\n');
  };
  assert.deepEqual(complete('st'), ['start', 'stop', 'status']);
  assert.deepEqual(complete('stop', ''), ['web', 'db']);
  assert.deepEqual(complete('-f', 'x', 'stop', 'w'), ['web', 'with-file']);
  assert.deepEqual(complete('stop', '--n'), ['--no-wait', '--now', '--no-color']);
  assert.deepEqual(complete('maintenance', 'of'), ['off']);
});

test('names of services come from the plan, or from a look at the file', async () => {
  using project = projectDirectory();
  const services = async (): Promise<string> =>
    (await mainstay(['completion', 'services', '-f', project.directory])).out;
  assert.equal(await services(), '');
  writeFileSync(join(project.directory, 'mainstay.yaml'), 'services:\n  web:\n    command: x\n  db: { command: y }\n');
  assert.equal(await services(), 'web\ndb\n');
  writeFileSync(join(project.stateDir, 'plan.json'), JSON.stringify({ services: [{ name: 'api' }] }));
  assert.equal(await services(), 'api\n');
});

test('explain and check complete the names of checks, and check those of kinds', async () => {
  using project = projectDirectory();
  const names = async (what: string): Promise<string[]> =>
    (await mainstay(['completion', what, '-f', project.directory])).out.trim().split('\n');
  const file = 'services:\n  web: { command: x }\nchecks:\n  site: { tcp: "127.0.0.1:80" }\n';
  writeFileSync(join(project.directory, 'mainstay.yaml'), file);
  assert.deepEqual(await names('names'), ['web', 'site']);
  assert.deepEqual((await names('checkable')).slice(0, 3), ['all', 'web', 'site']);
  assert.ok((await names('checkable')).includes('redis'));
  writeFileSync(join(project.stateDir, 'plan.json'), '{"services":[{"name":"api"}],"checks":[{"name":"queue"}]}');
  assert.deepEqual(await names('names'), ['api', 'queue']);
  const { out: script } = await mainstay(['completion', 'bash']);
  const complete = (...words: string[]): string => {
    const program = `${script}
mainstay() { echo "of $*"; }
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _mainstay; printf '%s ' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', program, 'bash', 'mainstay', ...words], { encoding: 'utf8' }).stdout.trim();
  };
  assert.equal(complete('explain', ''), 'of completion names');
  assert.equal(complete('check', ''), 'of completion checkable');
});

test('the look at the file takes the right keys only', () => {
  const text = [
    'project: x',
    'services: # all of them',
    '',
    '    "web":',
    '        command: [a]',
    '        environment:',
    '            A: b',
    '# a comment',
    '    db: {}',
    'checks:',
    '  site: { tcp: "127.0.0.1:80" }',
    'environments:',
    '    development:',
    '        services:',
    '            other: {}',
  ].join('\n');
  assert.deepEqual(scanNames(text, 'services'), ['web', 'db']);
  assert.deepEqual(scanNames(text, 'checks'), ['site']);
});
