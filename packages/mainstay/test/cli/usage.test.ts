import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { parse } from '../../src/cli/framework/index.ts';
import { projectDirectory } from './support/fake-daemon.ts';
import { mainstay } from './support/terminal.ts';

/** Every wrong use: what was typed, and what is said about it. */
const WRONG: readonly (readonly [argv: string, message: string, hint: string])[] = [
  ['', 'cannot guess what to do: no command is given', 'mainstay help'],
  ['statsu', 'cannot run "statsu": there is no such command', 'mainstay status'],
  ['xyzzy', 'cannot run "xyzzy": there is no such command', 'mainstay help'],
  ['help statsu', 'cannot run "statsu": there is no such command', 'mainstay status'],
  ['--jsn', 'cannot use --jsn: "mainstay" has no such option', '--json'],
  ['status --wtach', 'cannot use --wtach: "mainstay status" has no such option', '--watch'],
  ['status -q', 'cannot use -q: "mainstay status" has no such option', 'mainstay help status'],
  ['status extra', 'cannot run status: "extra" is one argument too many', 'mainstay help status'],
  ['explain', 'cannot run explain: NAME is missing', 'mainstay help explain'],
  ['status --watch=yes', 'cannot use --watch: it takes no value', '--watch alone'],
  ['status --env', 'cannot use --env: its value is missing', '--env NAME'],
  ['status -f', 'cannot use -f: its value is missing', '-f FILE'],
  ['stop', 'cannot stop: no service is named', 'mainstay stop SERVICE, or mainstay stop --all'],
  ['start web --all', 'cannot start: --all and names of services exclude each other', 'mainstay start --all'],
  [
    'up -d --timeout 1x',
    'cannot use --timeout 1x: it is not a duration',
    'a number with ms, s, m, h, d or w, for example --timeout 1h30m',
  ],
  [
    'maintenance onn',
    'cannot do "onn" with maintenance: it is on, off or list',
    'mainstay maintenance on onn --reason WHY',
  ],
  [
    'maintenance on web',
    'cannot begin maintenance: no reason is given',
    'mainstay maintenance on web --for 1h --reason "new disk"',
  ],
  ['maintenance list web', 'cannot list maintenance: it takes no names', 'mainstay maintenance list'],
  [
    'maintenance on --reason x --for soon',
    'cannot use --for soon: it is not a duration',
    'a number with ms, s, m, h, d or w, for example --for 1h30m',
  ],
  ['events -n x', 'cannot use --lines x: it is not a whole number', '--lines 50'],
  ['completion tcsh', 'cannot complete in "tcsh": only bash, zsh and fish are known', 'mainstay completion bash'],
];

for (const [argv, message, hint] of WRONG) {
  test(`mainstay ${argv}: ${message}`, async () => {
    using project = projectDirectory();
    const words = argv.split(' ').filter((word) => word !== '');
    const people = await mainstay(words, { cwd: project.directory });
    assert.deepEqual(people, { code: 2, out: '', err: `mainstay: ${message}\n  try: ${hint}\n` });
    const programs = await mainstay(['--json', ...words], { cwd: project.directory });
    assert.equal(programs.code, 2);
    assert.deepEqual(JSON.parse(programs.out), { error: { code: 'usage', message, hint } });
  });
}

test('only up -d waits', async () => {
  const { code, err } = await mainstay(['up', '--timeout', '1m']);
  assert.equal(code, 2);
  assert.match(err, /^mainstay: cannot use --timeout here: only -d waits\n/);
});

test('the view of up is for people', async () => {
  const { code, out } = await mainstay(['up', '--json']);
  assert.equal(code, 2);
  const message = 'cannot use --json here: the view of up is for people';
  assert.deepEqual(JSON.parse(out), { error: { code: 'usage', message, hint: 'mainstay up -d --json' } });
});

test('a file that is missing is an error that names it', async () => {
  using project = projectDirectory();
  const missing = await mainstay(['status', '-f', 'no.yaml'], { cwd: project.directory });
  assert.equal(missing.err, 'mainstay: cannot read no.yaml: there is no such file\n  try: mainstay init\n');
  assert.equal(missing.code, 2);
  const empty = await mainstay(['status', '-f', '.mainstay'], { cwd: project.directory });
  assert.equal(empty.err, 'mainstay: cannot read .mainstay: there is no mainstay.yaml in it\n  try: mainstay init\n');
  const nowhere = await mainstay(['status'], { cwd: '/' });
  assert.equal(
    nowhere.err,
    'mainstay: cannot find mainstay.yaml: there is none in / or above it\n  try: mainstay init, or -f FILE\n',
  );
});

const given = (
  ...argv: string[]
): { command: string | null; args: readonly string[]; flags: string[]; values: object } => {
  const { command, args, flags, values } = parse(argv, COMMANDS);
  return { command: command?.name ?? null, args, flags: [...flags], values: Object.fromEntries(values) };
};

test('options may stand anywhere, short ones together, values attached or apart', () => {
  const expected = {
    command: 'up',
    args: ['web', 'db/1'],
    flags: ['detach', 'verbose'],
    values: { file: 'x', timeout: '5s' },
  };
  assert.deepEqual(given('-f', 'x', 'up', '-dv', 'web', '--timeout=5s', 'db/1'), expected);
  assert.deepEqual(given('up', 'web', '-dv', '--timeout', '5s', 'db/1', '-fx'), expected);
  assert.deepEqual(given('up', 'web', '-dvf=x', '--timeout', '5s', 'db/1'), expected);
});

test('after -- everything is an argument; a lone - is one too', () => {
  assert.deepEqual(given('start', '--', '--all', '-x').args, ['--all', '-x']);
  assert.deepEqual(given('start', '-').args, ['-']);
});

test("a command's own letter wins over a global one after its name", () => {
  assert.deepEqual(given('-f', 'x', 'events', '-f', '-n', '5'), {
    command: 'events',
    args: [],
    flags: ['follow'],
    values: { file: 'x', lines: '5' },
  });
});

test('--version wins over everything else that is right', async () => {
  const { code, out } = await mainstay(['status', '--version']);
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
});
