import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLogHost } from '../../../src/host/log/index.ts';
import type { LogEvent } from '../../../src/ports/index.ts';
import { directoriesIn, loggingPlan, temporaryFolder, until, wholeLog } from './kit/folder.ts';

/** Runs a program whose stdout and stderr are the FIFOs. */
function run(pipes: { out: string; err: string }, script: string): Promise<number | null> {
  const child = spawn('sh', ['-c', `exec 1<>"$0" 2<>"$1"; ${script}`, pipes.out, pipes.err], { stdio: 'ignore' });
  return new Promise((resolve) => {
    child.on('exit', resolve);
  });
}

test('lines of both streams arrive whole, a last line without newline included', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan());
  host.begin('web/0', 1);
  await run(pipes, 'echo one; printf "two\\r\\n"; echo bad >&2; printf "a\\000b\\n"; printf unfinished');
  host.drain('web/0');
  assert.ok(await host.flush(30_000));
  const lines = fs.readFileSync(path.join(directories.logs, 'web.log'), 'latin1').split('\n');
  assert.deepEqual(
    lines.filter((line) => line !== 'bad'),
    ['one', 'two\r', 'a\0b', 'unfinished', ''],
  );
  assert.ok(lines.includes('bad'));
  assert.deepEqual(host.tail('web/0', 2).at(-1), 'unfinished');
  host.close('web/0');
  await until(() => fs.readdirSync(path.join(directories.runtime, 'io')).length === 0, 'everything removed');
});

test('a hard writer loses nothing while its log rotates', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const pipes = host.open('web/0', 'web', loggingPlan({ maxSize: 1 << 20, maxFiles: 1000 }));
  host.begin('web/0', 1);
  await run(pipes, 'seq 1 2000000');
  host.drain('web/0');
  assert.ok(await host.flush(30_000));
  const expected = spawnSync('seq', ['1', '2000000'], { maxBuffer: 1 << 26 }).stdout;
  assert.ok(wholeLog(directories.logs, 'web.log').equals(expected));
  assert.ok(fs.existsSync(path.join(directories.logs, 'web.log.10')));
});

test('the readiness pattern is looked for in whole lines only', async (t) => {
  const directories = directoriesIn(temporaryFolder(t));
  const host = await createLogHost({ directories, wall: Date.now });
  t.after(() => host.dispose());
  const events: LogEvent[] = [];
  host.connect((event) => events.push(event));
  const pipes = host.open('web/0', 'web', loggingPlan());
  host.begin('web/0', 3);
  host.watchFor('web/0', '^listening on \\d+$');
  await run(pipes, 'echo not listening on 1; printf "listening "; sleep 0.05; echo on 80; echo listening on 81');
  host.drain('web/0');
  assert.deepEqual(events, [{ type: 'log-matched', instance: 'web/0', incarnation: 3, line: 'listening on 80' }]);
});
