/** What a plan needs of the machine: on the real file system and with the real accounts. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { checkMachine, formatProblem } from '../../src/config/index.ts';
import type { Machine } from '../../src/config/index.ts';
import { parseFixture, withFixture } from './fixture.ts';

/** The messages for a file, with programs `served` (executable), `readme` (not) and `served-too/` in `bin`. */
async function messages(
  yaml: string,
  machine: Partial<Machine> = {},
  prepare?: (directory: string) => void,
): Promise<string[]> {
  return withFixture(
    parseFixture(`--- mainstay.yaml\n${yaml}\n--- set env\nPATH=/bin\n`),
    async ({ plan, places, problems }, directory) => {
      assert.deepEqual(problems, []);
      assert.ok(plan !== null);
      const bin = path.join(directory, 'bin');
      mkdirSync(path.join(bin, 'served-too'), { recursive: true });
      for (const [name, mode] of [
        ['served', 0o755],
        ['readme', 0o644],
      ] as const) {
        writeFileSync(path.join(bin, name), '#!/bin/sh\n');
        chmodSync(path.join(bin, name), mode);
      }
      prepare?.(directory);
      const found = await checkMachine(plan, places, { env: { PATH: bin }, uid: 0, gid: 0, ...machine });
      return found.map((problem) => formatProblem(problem).replaceAll(`${directory}/`, '').replaceAll(directory, '.'));
    },
  );
}

describe('programs', () => {
  test('one that is there is fine: by name, by path, on a PATH of its own, from a variable', async () => {
    assert.deepEqual(
      await messages(`services:
  a: { command: served }
  b: { command: ./bin/served }
  c: { command: ../bin/served, working_dir: bin }
  d: { command: sh, environment: { PATH: "/bin:\${PATH}" } }
  e: { command: ["\${PROGRAM}"], environment: { PROGRAM: served } }
  f: { command: served, healthcheck: { exec: [served] } }`),
      [],
    );
  });

  test('one that is missing: where was looked, and the nearest', async () => {
    assert.deepEqual(await messages('services:\n  a: { command: [serve] }\n  b: { command: nothing-like-it }'), [
      'cannot read mainstay.yaml:2:18: services.a.command[0]: there is no program "serve" on the PATH (bin); did you mean "served"?',
      'cannot read mainstay.yaml:3:17: services.b.command: there is no program "nothing-like-it" on the PATH (bin); install it, or give its full path',
    ]);
  });

  test('one that cannot be run', async () => {
    assert.deepEqual(
      await messages(
        'services:\n  a: { command: readme }\n  b: { command: ./bin/readme }\n  c: { command: ./bin }\n  d: { command: ./no/such }',
      ),
      [
        'cannot read mainstay.yaml:2:17: services.a.command: bin/readme is not executable; chmod +x bin/readme, or name the program that runs it',
        'cannot read mainstay.yaml:3:17: services.b.command: bin/readme is not executable; chmod +x bin/readme, or name the program that runs it',
        'cannot read mainstay.yaml:4:17: services.c.command: bin is a directory and no program',
        'cannot read mainstay.yaml:5:17: services.d.command: there is no program no/such',
      ],
    );
  });

  test('that of an exec check', async () => {
    const [message] = await messages('services:\n  a: { command: served, healthcheck: { exec: [sevred, x] } }');
    assert.match(message ?? '', /services\.a\.healthcheck\.exec: there is no program "sevred" .*"served"/);
  });
});

describe('accounts', () => {
  test('those of this machine, by name and by number', async () => {
    assert.deepEqual(
      await messages(
        'services:\n  a: { command: served, user: root, group: root }\n  b: { command: served, user: "12345:54321" }',
      ),
      [],
    );
  });

  test('unknown ones', async () => {
    assert.deepEqual(
      await messages(
        'services:\n  a: { command: served, user: rooot }\n  b: { command: served, group: no-such-group-here }\n  c: { command: served, user: "root:no-such-group-here" }',
      ),
      [
        'cannot read mainstay.yaml:2:31: services.a.user: there is no user "rooot"; did you mean "root"?',
        'cannot read mainstay.yaml:3:32: services.b.group: there is no group "no-such-group-here"',
        'cannot read mainstay.yaml:4:31: services.c.user: there is no group "no-such-group-here"',
      ],
    );
  });

  test('a name that looks like an option is a name', async () => {
    const [message] = await messages('services:\n  a: { command: served, user: "-u" }');
    assert.match(message ?? '', /there is no user "-u"/);
  });

  test('only root becomes somebody else', async () => {
    const yaml = 'services:\n  a: { command: served, user: root, group: root }\n  b: { command: served, user: "1000" }';
    assert.deepEqual(await messages(yaml, { uid: 1000, gid: 1000 }), [
      'cannot read mainstay.yaml:2:31: services.a.user: only root can start a program as root; run mainstay as root, or remove user',
      'cannot read mainstay.yaml:2:44: services.a.group: only root can start a program as group root; run mainstay as root, or remove group',
    ]);
  });
});

describe('files and directories', () => {
  test('missing ones', async () => {
    assert.deepEqual(
      await messages(`services:
  a: { command: served, working_dir: data }
  b: { command: served, working_dir: bin/served }
  c: { command: served, env_file: [c.env] }
  d: { command: served, env_file: d.env }
  e: { command: served, develop: { watch: [{ path: bin }, { path: src }] } }`),
      [
        'cannot read mainstay.yaml:2:38: services.a.working_dir: there is no directory data; mkdir -p data',
        'cannot read mainstay.yaml:3:38: services.b.working_dir: bin/served is not a directory',
        'cannot read mainstay.yaml:4:36: services.c.env_file[0]: there is no file c.env; create it, or remove it here',
        'cannot read mainstay.yaml:5:35: services.d.env_file: there is no file d.env; create it, or remove it here',
        'cannot read mainstay.yaml:6:67: services.e.develop.watch[1].path: there is no file or directory src; create it, or remove it here',
      ],
    );
  });

  test('the PATH may come from an environment file', async () => {
    const yaml = 'services:\n  a: { command: served, env_file: a.env }';
    const prepare = (directory: string): void =>
      writeFileSync(path.join(directory, 'a.env'), `PATH=${directory}/bin\n`);
    assert.deepEqual(await messages(yaml, { env: {} }, prepare), []);
  });
});
