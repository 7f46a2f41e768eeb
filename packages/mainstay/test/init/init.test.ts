/** What `mainstay init` writes, refuses to overwrite, and says. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { MainstayError } from '@mainstay/protocol';
import { renderInit, runInit } from '../../src/cli/init/index.ts';
import { run } from '../../src/cli/init/command.ts';
import type { Context } from '../../src/cli/framework/index.ts';
import { evaluate } from '../../src/config/import/pm2/evaluate.ts';

async function inDirectory(files: Record<string, string>, act: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-init-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    await act(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const refusal = (code: string, message: RegExp, hint?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MainstayError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  if (hint) assert.match(error.hint ?? '', hint);
  return true;
};

test('an existing file is replaced only with force', () =>
  inDirectory({ 'mainstay.yaml': 'mine\n', Procfile: 'web: node a.js\n' }, async (directory) => {
    const path = join(directory, 'mainstay.yaml');
    for (const from of [{}, { from: 'Procfile' }]) {
      await assert.rejects(
        runInit({ directory, ...from }),
        refusal('refused', /cannot write mainstay.yaml: it exists/, /--force/),
      );
      assert.equal(readFileSync(path, 'utf8'), 'mine\n');
    }
    // The refusal comes before anything is read: a source may be a program, which would be run.
    await assert.rejects(runInit({ directory, from: 'missing' }), refusal('refused', /it exists/));
    const { written, text } = await runInit({ directory, from: 'Procfile', force: true });
    assert.equal(written, 'mainstay.yaml');
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.deepEqual(readdirSync(directory).sort(), ['Procfile', 'mainstay.yaml'], 'no temporary file is left');
  }));

test('with stdout nothing is written, even where a file exists', () =>
  inDirectory({ 'mainstay.yaml': 'mine\n' }, async (directory) => {
    const result = await runInit({ directory, stdout: true });
    assert.equal(result.written, null);
    assert.match(result.text, /^services:/m);
    assert.equal(readFileSync(join(directory, 'mainstay.yaml'), 'utf8'), 'mine\n');
  }));

test('a malformed source leaves an existing file as it was', () =>
  inDirectory({ 'mainstay.yaml': 'mine\n', 'docker-compose.yml': 'services: [' }, async (directory) => {
    const attempt = runInit({ directory, from: 'docker-compose.yml', force: true });
    await assert.rejects(attempt, refusal('config', /^cannot read docker-compose.yml:1:\d+: /));
    assert.equal(readFileSync(join(directory, 'mainstay.yaml'), 'utf8'), 'mine\n');
  }));

test('a directory that does not exist cannot be written to', () =>
  inDirectory({}, async (directory) => {
    await assert.rejects(
      runInit({ directory, file: 'missing/mainstay.yaml' }),
      refusal('config', /cannot write missing\/mainstay.yaml: no file or directory can be made there$/),
    );
  }));

test('another file can be written, with paths relative to it', () =>
  inDirectory({ 'app/Procfile': 'web: node a.js\n', 'app/.env': 'A=1\n', 'deploy/keep': '' }, async (directory) => {
    const result = await runInit({ directory, file: 'deploy/mainstay.yaml', from: 'app/Procfile' });
    assert.equal(result.written, 'deploy/mainstay.yaml');
    assert.match(result.text, /working_dir: \.\.\/app$/m);
    assert.match(result.text, /env_file: \.\.\/app\/\.env$/m);
    assert.match(result.text, /^project: deploy$/m);
  }));

test('files of other supervisors are named, and what to do next', () =>
  inDirectory(
    { 'compose.yaml': '', 'web.service': '', 'ecosystem.config.cjs': '', 'readme.md': '' },
    async (directory) => {
      const result = await runInit({ directory });
      assert.deepEqual(result.others.sort(), ['compose.yaml', 'ecosystem.config.cjs', 'web.service']);
      const said = renderInit(result);
      assert.match(said, /^Wrote mainstay.yaml\.$/m);
      assert.match(said, /"mainstay init --from compose.yaml --force"/);
      assert.match(said, /"mainstay up" starts it/);
    },
  ));

test('what is not understood is refused, with what is', () =>
  inDirectory(
    { 'notes.txt': 'hello\n', 'both/Procfile': 'a: b\n', 'both/compose.yaml': '', 'empty/x': '' },
    async (directory) => {
      const understood = /docker-compose\.yml.*Procfile.*supervisord\.conf.*ecosystem.*systemd/;
      await assert.rejects(
        runInit({ directory, from: 'notes.txt' }),
        refusal('usage', /cannot read notes.txt: its format is not known/, understood),
      );
      await assert.rejects(
        runInit({ directory, from: 'missing' }),
        refusal('usage', /cannot read missing: there is no such file/, understood),
      );
      await assert.rejects(
        runInit({ directory, from: 'empty' }),
        refusal('usage', /cannot read empty: it has no file of a known format/, understood),
      );
      await assert.rejects(
        runInit({ directory, from: 'both' }),
        refusal('usage', /files of several formats: compose.yaml, Procfile/, /name one/),
      );
      assert.ok(!existsSync(join(directory, 'mainstay.yaml')));
    },
  ));

test('a file is recognised by what is in it when its name says nothing', () =>
  inDirectory(
    {
      'stack.yml': 'services: { a: { command: a } }',
      'apps.json': '{ "apps": [{ "name": "a", "script": "a.js" }] }',
      'my.conf': '[program:a]\ncommand=a\n',
      'unit.txt': '[Service]\nExecStart=/bin/a\n',
    },
    async (directory) => {
      const formats = {
        'stack.yml': 'docker-compose',
        'apps.json': 'PM2',
        'my.conf': 'supervisord',
        'unit.txt': 'systemd',
      };
      for (const [from, format] of Object.entries(formats)) {
        const { text } = await runInit({ directory, from, stdout: true });
        assert.ok(text.startsWith(`# Made by "mainstay init --from ${from}" (${format}).`), text);
      }
    },
  ));

test('several compose files: the one that compose prefers is read, the others are noted', () =>
  inDirectory(
    { 'docker-compose.yml': 'services: { a: { command: a } }', 'compose.yaml': 'services: { b: { command: b } }' },
    async (directory) => {
      const { text, notes } = await runInit({ directory, from: '.', stdout: true });
      assert.match(text, /^ {2}b:$/m);
      assert.ok(notes.some((note) => note.where === 'docker-compose.yml:1' && note.kind === 'dropped'));
    },
  ));

test('an ecosystem file that does not end is ended', () =>
  inDirectory({ 'ecosystem.config.cjs': 'while (true) {}' }, async (directory) => {
    const path = join(directory, 'ecosystem.config.cjs');
    const source = { path, label: 'ecosystem.config.cjs', text: '' };
    assert.throws(
      () => evaluate(source, 300),
      refusal('config', /ecosystem.config.cjs:1:1: running it took more than 0.3 s/),
    );
  }));

test('an ecosystem file does not see the variables of the shell', () =>
  inDirectory(
    {
      'ecosystem.config.cjs':
        'module.exports = { apps: [{ name: "a", script: "a.js", env: { X: process.env.MAINSTAY_TEST_SECRET || "none" } }] };',
    },
    async (directory) => {
      process.env.MAINSTAY_TEST_SECRET = 'leaked';
      try {
        const { text, notes } = await runInit({ directory, from: 'ecosystem.config.cjs', stdout: true });
        assert.match(text, /X: none/);
        assert.ok(notes.some((note) => note.what === 'process.env.MAINSTAY_TEST_SECRET'));
      } finally {
        delete process.env.MAINSTAY_TEST_SECRET;
      }
    },
  ));

test('an ecosystem file may print what it likes', () =>
  inDirectory(
    {
      'ecosystem.config.mjs':
        'console.log("hello"); console.error("x"); export default { apps: [{ script: "a.js" }] };',
    },
    async (directory) => {
      const { text } = await runInit({ directory, from: 'ecosystem.config.mjs', stdout: true });
      assert.match(text, /command: \[ node, a.js \]/);
    },
  ));

test('notes never quote a secret, and every secret gets one', () => {
  const compose = `services:
  web:
    command: [app, --password, s3cretA, "--api-token=s3cretB", "amqp://u:s3cretC@mq/"]
    environment: { DB_PASSWORD: s3cretD, URL: "postgres://u:s3cretE@db/x", JWT_SECRET: "\${JWT}" }
    restart: always
    labels: { password: s3cretF }
    build: { args: { TOKEN: s3cretG } }
    weird_token: s3cretH
    env_file: [{ path: "token=s3cretI", required: false }]
    image: "x/secret:s3cretJ"
`;
  return inDirectory({ 'compose.yaml': compose }, async (directory) => {
    const result = await runInit({ directory, from: 'compose.yaml' });
    assert.doesNotMatch(renderInit(result), /s3cret/);
    assert.doesNotMatch(result.text.replace(/^[^#]*$/gm, ''), /s3cret/, 'nor do the comments');
    const about = result.notes.filter((note) => note.kind === 'advice').map((note) => note.what);
    assert.deepEqual(about, ['command of web', 'environment DB_PASSWORD', 'environment URL']);
  });
});

test('a file with secrets is for its owner only, another is not', () =>
  inDirectory(
    { 'sub/keep': '', 'a/Procfile': 'web: DB_PASSWORD=x node a.js\n', 'b/Procfile': 'web: node a.js\n' },
    async (directory) => {
      const mode = (path: string) => statSync(join(directory, path)).mode & 0o777;
      const result = await runInit({ directory, file: 'sub', from: 'a/Procfile' });
      assert.equal(result.written, 'sub/mainstay.yaml');
      assert.equal(mode('sub/mainstay.yaml'), 0o600);
      await runInit({ directory, from: 'b/Procfile' });
      assert.equal(mode('mainstay.yaml'), 0o644);
    },
  ));

test('the command prints the file with --stdout, and JSON with --json', () =>
  inDirectory({ Procfile: 'web: node a.js | cat\n' }, async (cwd) => {
    const say = async (flags: string[], json: boolean) => {
      const said = { out: '', err: '' };
      const io = {
        out: (text: string) => void (said.out += text),
        err: (text: string) => void (said.err += text),
        outIsTerminal: false,
        errIsTerminal: false,
        columns: () => 80,
        env: {},
        cwd,
      };
      const context = {
        args: [],
        flags: new Set(flags),
        values: new Map([['from', 'Procfile']]),
        io,
        json,
        verbose: false,
      };
      assert.equal(await run(context as unknown as Context), 0);
      return said;
    };
    const printed = await say(['stdout'], false);
    assert.match(printed.out, /^project: /m);
    assert.match(printed.err, /it needs a shell/);
    assert.ok(!existsSync(join(cwd, 'mainstay.yaml')));
    const result = JSON.parse((await say([], true)).out) as Record<string, unknown>;
    assert.deepEqual(Object.keys(result).sort(), ['notes', 'others', 'text', 'written']);
    assert.equal(result.written, 'mainstay.yaml');
  }));
