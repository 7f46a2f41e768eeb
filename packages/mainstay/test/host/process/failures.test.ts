/** Starts that cannot work: refused before anything runs, with the exact reason. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, describe, it } from 'node:test';
import type { SpawnFailure } from '../../../src/ports/index.ts';
import { createRig, PATH, script, type Rig } from './kit.ts';

const root = process.getuid?.() === 0;
const asRoot = { skip: root ? false : 'only root can start programs as another user' };

describe('starts that cannot work', () => {
  const rig = createRig();
  after(() => rig.dispose());
  let incarnation = 0;
  const failure = async (service: Parameters<Rig['spec']>[0]): Promise<Omit<SpawnFailure, 'hint'>> => {
    const spec = rig.spec(service, { incarnation: (incarnation += 1) });
    rig.host.spawn(spec);
    const { hint, ...rest } = await rig.failed(spec);
    assert.ok(hint === null || hint.length > 0);
    return rest;
  };

  it('names a missing program and where it was looked for', async () => {
    assert.deepEqual(await failure({ command: ['no-such-program'] }), {
      reason: 'missing-program',
      message: `cannot start app: there is no program "no-such-program" in ${PATH}`,
    });
    assert.deepEqual(await failure({ command: ['bin/nothing'] }), {
      reason: 'missing-program',
      message: `cannot start app: ${rig.file('bin/nothing')} does not exist`,
    });
    const own = await failure({ command: ['sh'], environment: { PATH: '/nowhere' } });
    assert.equal(own.message, 'cannot start app: there is no program "sh" in /nowhere');
  });

  it('names a script’s missing interpreter', async () => {
    const path = script(rig.file('old.sh'), '#!/opt/python9/bin/python -u\nprint()\n');
    const { reason, message } = await failure({ command: [path] });
    assert.equal(reason, 'missing-program');
    assert.equal(message, `cannot start app: ${path} needs /opt/python9/bin/python, which does not exist`);
  });

  it('names what may not be executed', async () => {
    const path = script(rig.file('data.txt'), 'text\n', 0o644);
    const { reason, message } = await failure({ command: [path] });
    assert.equal(reason, 'permission');
    assert.match(message, /^cannot start app: \w+ may not execute .*data\.txt$/);
  });

  it('names a missing directory, and a file in place of one', async () => {
    const missing = await failure({ command: ['true'], workingDirectory: '/no/such/place' });
    assert.equal(missing.reason, 'missing-directory');
    assert.equal(missing.message, 'cannot start app: the directory /no/such/place does not exist');
    writeFileSync(rig.file('file'), '');
    const file = await failure({ command: ['true'], workingDirectory: rig.file('file') });
    assert.equal(file.message, `cannot start app: ${rig.file('file')} is not a directory`);
  });

  it('survives links that lead nowhere or in circles', async () => {
    symlinkSync('loop', rig.file('loop'));
    assert.equal(
      (await failure({ command: ['true'], workingDirectory: rig.file('loop') })).reason,
      'missing-directory',
    );
    assert.equal((await failure({ command: ['./loop'] })).reason, 'missing-program');
  });

  it('names an unknown user or group', asRoot, async () => {
    const user = await failure({ command: ['true'], user: 'nobody-by-this-name' });
    assert.deepEqual(
      [user.reason, user.message],
      ['unknown-user', 'cannot start app: there is no user "nobody-by-this-name"'],
    );
    const group = await failure({ command: ['true'], user: 'nobody', group: 'no-group' });
    assert.deepEqual([group.reason, group.message], ['unknown-user', 'cannot start app: there is no group "no-group"']);
  });

  it('names the directory that the service’s user may not enter', asRoot, async () => {
    chmodSync(rig.directory, 0o755);
    mkdirSync(rig.file('private/app'), { recursive: true });
    chmodSync(rig.file('private'), 0o700);
    const inside = await failure({ command: ['true'], user: 'nobody', workingDirectory: rig.file('private/app') });
    assert.equal(inside.reason, 'permission');
    assert.equal(
      inside.message,
      `cannot start app: nobody may not enter ${rig.file('private')}, which working_dir needs`,
    );
    const tool = script(rig.file('private/tool'), '#!/bin/sh\n');
    const program = await failure({ command: [tool], user: 'nobody' });
    assert.equal(program.message, `cannot start app: nobody may not enter ${rig.file('private')}`);
  });

  it('names a limit that does not exist', async () => {
    const { message } = await failure({ command: ['true'], ulimits: { files: { soft: 1, hard: 1 } } });
    assert.equal(message, 'cannot start app: there is no resource limit "files"');
  });

  it('says when the command is too long for the system', async () => {
    const { reason } = await failure({ command: ['true', 'x'.repeat(200_000)] });
    assert.equal(reason, 'resources');
  });

  it('names the process that holds a port', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const wanted = { port, step: 0, protocol: 'tcp' } as const;
    const taken = await failure({ command: ['true'], ports: [{ ...wanted, host: null }] });
    assert.equal(taken.reason, 'port-taken');
    assert.equal(taken.holder?.pid, process.pid);
    assert.match(
      taken.message,
      new RegExp(`^cannot start app: tcp port ${port} is held by process ${process.pid} \\(.*node`),
    );
    const other = rig.spec(
      {
        command: ['true'],
        ports: [
          { ...wanted, host: '127.0.0.2' },
          { ...wanted, protocol: 'udp', host: null },
        ],
      },
      { incarnation: (incarnation += 1) },
    );
    await rig.start(other);
    server.close();
  });

  it('lets instances of one service share a port, but not two services', async () => {
    const listen =
      'const s=require("net").createServer().listen(0,"127.0.0.1",()=>require("fs").writeFileSync("port",s.address().port+"\\n"))';
    const first = rig.spec(
      { command: [process.execPath, '-e', listen], instances: 2 },
      { incarnation: (incarnation += 1) },
    );
    await rig.start(first);
    const ports = [{ port: Number(await rig.read('port')), step: 0, protocol: 'tcp', host: null }] as const;
    const brother = rig.spec({ command: ['true'], ports: [...ports], instances: 2 }, { instance: 'app/1' });
    rig.host.spawn(brother);
    await rig.exited(brother);
    const again = await failure({ command: ['true'], ports: [...ports], instances: 2 });
    assert.match(again.message, /^cannot start app\/0: tcp port \d+ is held by process \d+ /);
    const stranger = rig.spec({ name: 'web', command: ['true'], ports: [...ports] });
    rig.host.spawn(stranger);
    assert.equal((await rig.failed(stranger)).reason, 'port-taken');
  });

  it('tells of an exec that fails after all by its exit code, and the shell’s words in the log', async () => {
    const path = script(rig.file('broken'), '\x7fELF-but-not-really');
    const spec = rig.spec({ command: [path] }, { incarnation: (incarnation += 1) });
    await rig.start(spec);
    assert.ok([2, 126, 127].includes((await rig.exited(spec)).exit.code ?? 0));
  });

  it('says when pipes are missing', async () => {
    rmSync(rig.file('err'));
    const { message } = await failure({ command: ['true'] });
    assert.equal(message, `cannot start app: ${rig.file('err')} is not a pipe`);
  });
});
