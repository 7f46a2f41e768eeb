import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { servers } from '../../scripts/servers.mjs';
import { freePorts } from '../support/ports.ts';
import { Project, post, read } from './project.ts';

test('the web stack does what its README says', { timeout: 290_000 }, async (t) => {
  const { env } = await servers(['postgresql', 'redis', 'nginx'], { say: (line) => t.diagnostic(line) });
  const [web, app, postgres, redis] = await freePorts(4);
  const root = process.getuid!() === 0;
  const passwords = ['ADMIN', 'OWNER', 'WEB', 'REDIS'].map((name) => [`${name}_PASSWORD`, `secret-of-${name}`]);
  const project = new Project('web-stack', {
    SERVERS_PATH: `${dirname(process.execPath)}:${env['PATH']}`,
    SERVERS_LIBRARIES: env['LD_LIBRARY_PATH'] ?? '',
    SERVICE_USER: root ? 'nobody' : String(process.getuid!()),
    WEB_PORT: String(web),
    APP_PORT: String(app),
    POSTGRES_PORT: String(postgres),
    REDIS_PORT: String(redis),
    ...Object.fromEntries(passwords),
  });
  t.after(() => project.end());
  // The services run as somebody else, who must be able to enter.
  chmodSync(project.folder, 0o755);
  await project.succeeds('up', '-d');
  const url = `http://127.0.0.1:${web}`;
  const counted = async (text: string) => (await read(url)).includes(`<td>${text}</td>`);
  const submit = (text: string) => post(`${url}/texts`, { text });

  await submit('one two three');
  await project.eventually('the worker has counted', () => counted('one two three</td><td>3'));
  if (root) {
    const { pid } = await project.service('redis');
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t65534/m);
  }

  const app1 = await project.service('app');
  const postgres1 = await project.service('postgres');
  process.kill(postgres1.pid!, 'SIGKILL');
  await submit('while postgres is dead');
  await project.replaced('postgres', postgres1.pid!);
  await project.eventually('nothing is lost', () => counted('while postgres is dead</td><td>4'));
  assert.equal((await project.service('app')).pid, app1.pid, 'the app is not restarted for its database');

  process.kill(app1.pid!, 'SIGSTOP');
  await project.replaced('app', app1.pid!);

  await project.succeeds('stop', 'postgres');
  await submit('while postgres is stopped');
  await project.succeeds('start', 'postgres');
  await project.eventually('it is counted afterwards', () => counted('while postgres is stopped</td><td>4'));

  assert.ok(project.processes().length >= 7, 'the daemon, its guardian and the services');
  await project.succeeds('down');
  assert.deepEqual(project.processes(), []);
  assert.doesNotMatch(project.logs(), /secret-of/);
  assert.match(project.logs(), /received fast shutdown request[\s\S]*database system is shut down/);
});
