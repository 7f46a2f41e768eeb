import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MainstayError } from '@mainstay/protocol';
import { lockByFile } from '../../../src/host/lock/file-lock.ts';
import { acquireLock } from '../../../src/host/lock/index.ts';
import { temporaryDirectory } from '../store/temporary.ts';

const HOLDER = fileURLToPath(new URL('./holder.ts', import.meta.url));
const BINDER = fileURLToPath(new URL('./binder.ts', import.meta.url));

interface Contender extends AsyncDisposable {
  pid: number;
  says: string;
  child: ChildProcess;
  end(signal: NodeJS.Signals): Promise<void>;
}

function contender(directory: string, way: 'socket' | 'file'): Promise<Contender> {
  return started(HOLDER, directory, way);
}

async function started(...program: string[]): Promise<Contender> {
  const child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [says] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return { pid: child.pid!, says, child, end, [Symbol.asyncDispose]: () => end('SIGKILL') };
}

const held = (pid: number) => (error: MainstayError) =>
  error.code === 'already-running' && error.message.includes(`pid ${pid}`);

for (const way of ['socket', 'file'] as const) {
  describe(`lock by ${way}`, { skip: way === 'socket' && process.platform !== 'linux' }, () => {
    it('has exactly one winner, and the next wins as soon as it is killed', async () => {
      using directory = temporaryDirectory();
      for (let round = 0; round < 20; round++) {
        const racers = await Promise.all([contender(directory.path, way), contender(directory.path, way)]);
        try {
          const winner = racers.find((each) => each.says === 'won');
          const loser = racers.find((each) => each.says !== 'won');
          assert.ok(
            winner !== undefined && loser !== undefined,
            `round ${round}: ${racers.map((each) => each.says).join('; ')}`,
          );
          assert.match(loser.says, new RegExp(`\\b${winner.pid}\\b`));
          // The lock is free at once: the next round's racers need no waiting.
          await winner.end('SIGKILL');
        } finally {
          for (const each of racers) await each.end('SIGKILL');
        }
      }
    });
  });
}

describe('acquireLock', () => {
  it('can be released and taken again', async () => {
    using directory = temporaryDirectory();
    const lock = await acquireLock(directory.path, '1.0.0');
    await assert.rejects(acquireLock(directory.path, '1.0.0'), held(process.pid));
    await lock.release();
    await (await acquireLock(directory.path, '1.0.0')).release();
  });

  it('says who holds it, with version and time', async () => {
    using directory = temporaryDirectory();
    await using holder = await contender(directory.path, 'socket');
    const message = new RegExp(
      `^cannot start in .*: mainstay 1\\.2\\.3 with pid ${holder.pid} runs it since \\d{4}-.*Z$`,
    );
    await assert.rejects(acquireLock(directory.path, '1.0.0'), { message, name: 'MainstayError' });
  });

  it('is one lock whatever links lead to the directory, and another for another directory', async () => {
    using directory = temporaryDirectory();
    const [real, link, other] = ['real', 'link', 'other'].map((name) => join(directory.path, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(real);
    mkdirSync(other);
    symlinkSync(real, link);
    const lock = await acquireLock(link, '1.0.0');
    await assert.rejects(acquireLock(real, '1.0.0'), held(process.pid));
    await (await acquireLock(other, '1.0.0')).release();
    await lock.release();
  });

  it('survives the deletion of the directory', { skip: process.platform !== 'linux' }, async () => {
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state);
    const lock = await acquireLock(state, '1.0.0');
    rmSync(state, { recursive: true });
    mkdirSync(state);
    await assert.rejects(acquireLock(state, '1.0.0'), held(process.pid));
    await lock.release();
  });

  it('names a holder that is stopped and cannot answer', { skip: process.platform !== 'linux' }, async () => {
    using directory = temporaryDirectory();
    await using holder = await contender(directory.path, 'socket');
    holder.child.kill('SIGSTOP');
    await assert.rejects(acquireLock(directory.path, '1.0.0'), held(holder.pid));
  });

  it('names a holder that has the name and does not listen yet', { skip: process.platform !== 'linux' }, async () => {
    using directory = temporaryDirectory();
    await using holder = await started('--no-deprecation', BINDER, directory.path);
    const attempt = assert.rejects(acquireLock(directory.path, '1.0.0'), held(holder.pid));
    // Enough for many questions that are refused.
    await setTimeout(300);
    holder.child.stdin!.write('listen\n');
    await attempt;
  });

  it('leaves nothing in the directory', { skip: process.platform !== 'linux' }, async () => {
    using directory = temporaryDirectory();
    const lock = await acquireLock(directory.path, '1.0.0');
    assert.deepEqual(readdirSync(directory.path), []);
    await lock.release();
  });
});

describe('lockByFile', () => {
  it('takes over from a process that is gone, and leaves nothing after its release', async () => {
    using directory = temporaryDirectory();
    const holder = await contender(directory.path, 'file');
    await holder.end('SIGKILL');
    const attempt = await lockByFile({ pid: process.pid, startedAt: 'now', version: '1', stateDir: directory.path });
    assert.ok('lock' in attempt);
    await attempt.lock.release();
    assert.deepEqual(readdirSync(directory.path), []);
  });
});
