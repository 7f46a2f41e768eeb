/** Whatever `mainstay init` writes is accepted by the loader, as it stands and in each of its environments. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { runInit } from '../../src/cli/init/index.ts';
import { describeProblem, loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';

const GOLDEN = join(import.meta.dirname, '../../../../test/golden/init');

/** Loads a file with every variable that it names set, as a person would in `.env`. */
async function problems(file: string, environment: string | null): Promise<string[]> {
  const names = [...readFileSync(file, 'utf8').matchAll(/\$\{([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
  const env = Object.fromEntries(names.map((name) => [name, '1234']));
  const result = await loadPlan({ file, environment, env, kinds: CHECKS });
  assert.equal(result.plan === null, result.problems.length > 0);
  return result.problems.map(describeProblem);
}

interface File {
  environments?: Record<string, unknown>;
  services?: Record<string, { env_file?: string | string[] }>;
}

/** Creates the files that `env_file` names inside a folder; those elsewhere on the machine are left out of the text. */
function withEnvFiles(text: string, directory: string): string {
  const content = parse(text) as File;
  for (const service of Object.values(content.services ?? {})) {
    for (const name of [service.env_file ?? []].flat()) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      if (!name.startsWith('/') && !existsSync(path)) writeFileSync(path, '');
    }
  }
  return text.replaceAll(/^ +env_file: \/.*\n/gm, '');
}

for (const format of readdirSync(GOLDEN).sort()) {
  for (const name of readdirSync(join(GOLDEN, format)).sort()) {
    const folder = join(GOLDEN, format, name);
    if (!existsSync(join(folder, 'expected.yaml'))) continue;
    test(`the loader accepts ${format}/${name}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'mainstay-init-'));
      try {
        cpSync(folder, directory, { recursive: true });
        const file = join(directory, 'mainstay.yaml');
        const text = withEnvFiles(readFileSync(join(folder, 'expected.yaml'), 'utf8'), directory);
        writeFileSync(file, text);
        const environments = Object.keys((parse(text) as File).environments ?? {});
        for (const environment of [null, ...environments]) assert.deepEqual(await problems(file, environment), []);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  }
}

const DIRECTORIES: Record<string, Record<string, string>> = {
  empty: {},
  'no start script': { 'package.json': '{"scripts":{"test":"x"}}', '.env': 'A=1\n' },
  'npm script': { 'package.json': '{"scripts":{"start":"next start && echo"}}' },
  'node script': { 'package.json': '{"scripts":{"start":"node src/server.js --port 4000"}}' },
  django: { 'manage.py': '', 'requirements.txt': 'Django\n' },
  'django with gunicorn': { 'manage.py': '', 'requirements.txt': 'gunicorn==22\n', 'shop/wsgi.py': '' },
  flask: { 'app.py': 'server = Flask(__name__)\n', 'requirements.txt': 'flask\n' },
  'flask with gunicorn': { 'app.py': 'server = Flask(__name__)\n', 'requirements.txt': 'flask\ngunicorn\n' },
  fastapi: { 'main.py': 'app = FastAPI()\n', 'requirements.txt': 'fastapi\n', '.venv/bin/uvicorn': '' },
  script: { 'app.py': '' },
};

for (const [name, files] of Object.entries(DIRECTORIES)) {
  test(`the file for a directory with ${name} loads, also with everything switched on`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mainstay-init-'));
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text);
      }
      const { text } = await runInit({ directory });
      const file = join(directory, 'mainstay.yaml');
      assert.deepEqual(await problems(file, null), []);
      writeFileSync(join(directory, '.env'), '');
      writeFileSync(file, text.replaceAll(/^( *)#(?=[a-z])/gm, '$1'));
      for (const environment of [null, 'development']) assert.deepEqual(await problems(file, environment), []);
      const content = parse(text) as { services: Record<string, { command: string[] }> };
      const command = Object.values(content.services)[0]?.command.join(' ');
      assert.equal(command, COMMANDS[name]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

const COMMANDS: Record<string, string> = {
  empty: 'sh -c while true; do date; sleep 10; done',
  'no start script': 'sh -c while true; do date; sleep 10; done',
  'npm script': 'npm run start',
  'node script': 'node src/server.js --port 4000',
  django: 'python3 manage.py runserver --noreload 127.0.0.1:8000',
  'django with gunicorn': 'gunicorn shop.wsgi:application -b 127.0.0.1:8000',
  flask: 'flask --app app run --host 127.0.0.1 --port 8000',
  'flask with gunicorn': 'gunicorn app:server -b 127.0.0.1:8000',
  fastapi: '.venv/bin/uvicorn main:app --host 127.0.0.1 --port 8000',
  script: 'python3 -u app.py',
};
