import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { atomicWrite, processStatusWriter } from '../../../src/host/files/index.ts';
import type { ProcessFailure } from '../../../src/host/files/index.ts';
import { clock, temporaryDirectory } from '../store/fixture.ts';

function failure(incarnation: number): ProcessFailure {
  const exit = { code: 1, signal: null, known: true };
  return { process: 'backend/1', at: Date.UTC(2030, 0, 2, 3, 4, 5, 6), exit, incarnation, project: 'shop' };
}

function unexpected(error: Error): void {
  throw error;
}

describe('atomicWrite', () => {
  it('writes and replaces, with the mode asked for', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'file');
    await atomicWrite(path, 'one', 0o600);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await atomicWrite(path, Buffer.from('two'), 0o666);
    assert.equal(readFileSync(path, 'utf8'), 'two');
    assert.equal(statSync(path).mode & 0o777, 0o666);
    assert.deepEqual(readdirSync(directory.path), ['file']);
  });

  it('replaces a symbolic link and leaves its target alone', async () => {
    using directory = temporaryDirectory();
    const [target, link] = [join(directory.path, 'target'), join(directory.path, 'link')];
    writeFileSync(target, 'precious');
    symlinkSync(target, link);
    await atomicWrite(link, 'new', 0o600);
    assert.equal(readFileSync(target, 'utf8'), 'precious');
    assert.equal(readFileSync(link, 'utf8'), 'new');
  });

  it('leaves the old content and no other file when it fails', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'a-directory');
    mkdirSync(path);
    await assert.rejects(atomicWrite(path, 'new', 0o600), { code: 'EISDIR' });
    await assert.rejects(atomicWrite(join(directory.path, 'missing', 'file'), 'new', 0o600), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(directory.path), ['a-directory']);
  });
});

describe('processStatusWriter', () => {
  it('writes the four keys first, then the rest', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'process_status.json');
    const writer = processStatusWriter(path, { clock, onError: unexpected });
    writer.failed(failure(3));
    await writer.idle();
    const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(Object.entries(content), [
      ['timestamp', '2030-01-02T03:04:05.006Z'],
      ['event', 'PROCESS_STATE_EXITED'],
      ['process', 'backend/1'],
      ['status', 'UNHEALTHY'],
      ['reason', 'exit code 1'],
      ['exit', { code: 1, signal: null, known: true }],
      ['incarnation', 3],
      ['project', 'shop'],
    ]);
    assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  it('is never missing or torn for a reader during 1,000 failures, and ends with the last one', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'process_status.json');
    const writer = processStatusWriter(path, { clock, onError: unexpected });
    writer.failed(failure(0));
    await writer.idle();
    const done = new AbortController();
    const seen = new Set<number>();
    const reader = (async () => {
      while (!done.signal.aborted) {
        const { incarnation } = JSON.parse(await readFile(path, 'utf8')) as ProcessFailure;
        assert.ok(incarnation >= Math.max(...seen, 0), 'goes back in time');
        seen.add(incarnation);
      }
    })();
    for (let i = 1; i <= 1000; i++) {
      writer.failed(failure(i));
      if (i % 3 === 0) await writer.idle();
      else await turn();
    }
    await writer.idle();
    done.abort();
    await reader;
    assert.ok(seen.size > 10, `the reader saw ${seen.size} different contents`);
    assert.equal((JSON.parse(readFileSync(path, 'utf8')) as ProcessFailure).incarnation, 1000);
    assert.deepEqual(readdirSync(directory.path), ['process_status.json']);
  });

  it('ends a burst with its newest', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'process_status.json');
    const writer = processStatusWriter(path, { clock, onError: unexpected });
    for (let i = 1; i <= 100; i++) writer.failed(failure(i));
    await writer.idle();
    assert.equal((JSON.parse(readFileSync(path, 'utf8')) as ProcessFailure).incarnation, 100);
  });

  it('reports a failed write, and makes up for it when it can', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'later', 'process_status.json');
    const errors: string[] = [];
    const onError = (error: NodeJS.ErrnoException): void => {
      errors.push(error.code ?? '');
      if (errors.length === 2) mkdirSync(join(directory.path, 'later'));
    };
    const writer = processStatusWriter(path, { clock, onError });
    writer.failed(failure(7));
    await writer.idle();
    assert.deepEqual(errors, ['ENOENT', 'ENOENT']);
    assert.equal((JSON.parse(readFileSync(path, 'utf8')) as ProcessFailure).incarnation, 7);
  });

  it('stops trying when it is closed', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'never', 'process_status.json');
    const { promise: failed, resolve } = Promise.withResolvers<Error>();
    const writer = processStatusWriter(path, { clock, onError: resolve });
    writer.failed(failure(1));
    await failed;
    writer.close();
    await writer.idle();
    writer.failed(failure(2));
    assert.deepEqual(readdirSync(directory.path), []);
  });
});
