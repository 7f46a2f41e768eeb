import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import { createProgramSource } from '../../../src/host/process/index.ts';
import { programPlan } from './kit.ts';

describe('expanding a command and its environment', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-program-'));
  after(() => rmSync(directory, { recursive: true }));
  const source = createProgramSource({
    directory: () => directory,
    process: { FROM_DAEMON: 'daemon', SHARED: 'daemon' },
  });
  const expand = (service: Partial<ServicePlan>): ReturnType<typeof source> =>
    source({ instance: 'app/2', incarnation: 1, keepExit: false, service: programPlan(directory, service) });

  it('uses environment, env files, .env and the daemon, in this order, and hands on only the first two', () => {
    writeFileSync(join(directory, '.env'), 'SHARED=dotenv\nONLY_DOTENV=1\n');
    writeFileSync(join(directory, 'app.env'), 'SHARED=file\nTOKEN="a b"\n');
    const program = expand({
      command: [
        'run',
        '--port=800${INSTANCE}',
        '${SHARED}',
        '${FROM_DAEMON}',
        '${ONLY_DOTENV}',
        '${NONE:-fallback}',
        '$$x',
      ],
      envFiles: [join(directory, 'app.env')],
      environment: { LEVEL: '${SHARED}-${SERVICE}' },
    });
    assert.deepEqual(program, {
      command: ['run', '--port=8002', 'file', 'daemon', '1', 'fallback', '$x'],
      environment: { SHARED: 'file', TOKEN: 'a b', LEVEL: 'file-app' },
    });
  });

  it('reads files anew at each start', () => {
    const path = join(directory, 'new.env');
    writeFileSync(path, 'A=1\n');
    assert.deepEqual(expand({ command: ['${A}'], envFiles: [path] }), { command: ['1'], environment: { A: '1' } });
    writeFileSync(path, 'A=2\n');
    assert.deepEqual(expand({ command: ['${A}'], envFiles: [path] }), { command: ['2'], environment: { A: '2' } });
  });

  it('names unset variables, missing and broken files, never a value', () => {
    const messages = [
      expand({ command: ['${NOT_SET}'] }),
      expand({ command: ['${NOT_SET}'], environment: { URL: 'x${ALSO_NOT}' } }),
      expand({ command: ['true'], envFiles: [join(directory, 'absent.env')] }),
    ].map((program) => ('reason' in program ? [program.reason, program.message] : program));
    assert.deepEqual(messages, [
      ['unset-variable', 'cannot start app: the variable NOT_SET is not set'],
      ['unset-variable', 'cannot start app: not set: ALSO_NOT, NOT_SET'],
      ['other', `cannot start app: ${directory}/absent.env (env_file) does not exist`],
    ]);
    writeFileSync(join(directory, 'bad.env'), 'A=1\nsecret stuff\n');
    const broken = expand({ command: ['true'], envFiles: [join(directory, 'bad.env')] });
    assert.ok('reason' in broken);
    assert.match(broken.message, /^cannot start app: .*bad\.env:2 /);
    assert.doesNotMatch(broken.message, /secret stuff/);
  });
});
