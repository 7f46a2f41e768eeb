import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { Project, post, read } from './project.ts';

test('the quickstart does what its README says', { timeout: 280_000 }, async (t) => {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const project = new Project('quickstart', { PORT: String(port) });
  t.after(() => project.end());
  await project.succeeds('up', '-d');
  const portraits = async () => (await read(url)).match(/<svg/g)?.length ?? 0;

  await project.eventually('the first portrait is drawn', async () => (await portraits()) === 1);
  await post(`${url}/entries`, { name: '<Eve>', message: 'hello & goodbye' });
  assert.match(await read(url), /<p>hello &amp; goodbye<\/p><small>&lt;Eve&gt;,/);
  await project.eventually('the second portrait is drawn', async () => (await portraits()) === 2);
  assert.equal((await project.service('migrate')).state, 'completed');

  const first = await project.service('web');
  assert.equal(await read(`${url}/crash`), 'crashing\n');
  const second = await project.replaced('web', first.pid!);
  assert.equal(second.last_exit!.code, 1);

  assert.equal(await read(`${url}/hang`), 'hanging\n');
  const third = await project.replaced('web', second.pid!);
  assert.match(project.logs(), /instance\.watchdog-missed web/);
  assert.equal(third.restarts, 2);

  const worker = await project.service('worker');
  process.kill(worker.pid!, 'SIGKILL');
  await post(`${url}/entries`, { name: 'Kim', message: 'while nobody draws' });
  await project.replaced('worker', worker.pid!);
  await project.eventually('the new worker draws', async () => (await portraits()) === 3);

  await project.succeeds('stop', 'worker');
  await post(`${url}/entries`, { name: 'Lou', message: 'later' });
  assert.equal((await project.service('worker')).state, 'stopped');
  await project.succeeds('start', 'worker');
  await project.eventually('what waited is drawn', async () => (await portraits()) === 4);

  assert.ok(project.processes().length >= 4, 'the daemon, its guardian and the services');
  await project.succeeds('down');
  assert.deepEqual(project.processes(), []);
  assert.equal(await read(url), '');
  assert.ok(existsSync(join(project.folder, 'data/guestbook.db')));
});
