// Limits and the evidence of a crash, through the real command line.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CrashBundle, Explanation } from '@mainstay/protocol';
import { detectGroups } from '../../packages/mainstay/src/host/cgroup/index.ts';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

const groups = detectGroups(`test-e2e-${process.pid}`);
groups?.close();
const skip = groups?.controllers.memory == null ? `memory cannot be limited here: ${groups?.controllers.why}` : false;
const LIMIT = 64 * 1024 ** 2;

test('a service that runs out of memory is repaired, and everybody says why it died', { skip }, async (t) => {
  const system = new System(`
services:
  web:
    command: [sh, -c, 'echo "about to grow"; test -e grown && exec sleep 86400; touch grown; exec tail /dev/zero']
    environment: { TOKEN: hunter2 }
    resources: { memory: 64m, pids: 50 }
    restart_policy: { delay: 10ms }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const web = await system.becomes('web', ({ state, restarts }) => state === 'ready' && restarts === 1, 'back');
  assert.deepEqual(web.last_exit?.outOfMemory, { by: 'kernel', limit: LIMIT, main: true });

  const words = /out of memory \(limit 64 MB\)/;
  assert.match(await system.succeeds('events', '-n', '500'), words);
  assert.match(system.read('.mainstay/process_status.json'), words);
  await system.eventually('the bundle is written', async () =>
    words.test((await system.succeeds('explain', 'web')).split('Its last crash')[1] ?? ''),
  );
  const explained = JSON.parse(await system.succeeds('explain', 'web', '--json')) as Explanation;
  const crash = explained.instances[0]?.crash;
  assert.ok(crash != null);
  const { bundle, file } = crash;
  assert.deepEqual([bundle.class, bundle.memory_limit, bundle.environment], ['out-of-memory', LIMIT, ['TOKEN']]);
  assert.ok(bundle.last_lines.includes('about to grow'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(JSON.stringify(bundle), /hunter2/);

  // Another limit, while it runs: nothing is restarted.
  system.write('mainstay.yaml', system.read('mainstay.yaml').replace('pids: 50', 'pids: 60'));
  assert.match(await system.succeeds('plan'), /resources\.pids/);
  await system.succeeds('apply');
  assert.equal((await system.service('web')).pid, web.pid);
  await system.down();
});

test('an end for want of memory while no daemon is there is known as one', { skip }, async (t) => {
  const system = new System(`
services:
  web:
    command: [sh, -c, 'test -e gone && exec sleep 86400; while ! test -e go; do sleep 0.05; done; touch gone; exec tail /dev/zero']
    resources: { memory: 64m }
    restart_policy: { delay: 10ms }
`);
  t.after(() => system.end());
  await system.succeeds('up', '-d');
  const { pid } = await system.service('web');
  const [guardian, daemon] = [system.guardian(), system.daemon()];
  assert.ok(guardian !== null && daemon !== null && pid !== null);
  signal(guardian, 'SIGSTOP');
  signal(daemon, 'SIGKILL');
  await system.eventually('the daemon is gone', () => look(daemon.pid) === null);
  system.write('go', '');
  await system.eventually('the service is gone', () => look(pid) === null);
  signal(guardian, 'SIGCONT');

  const web = await system.replaced('web', pid);
  assert.deepEqual(web.last_exit?.outOfMemory, { by: 'kernel', limit: LIMIT, main: true });
  const folder = join('.mainstay', 'crashes', 'web');
  await system.eventually('the bundle is written', () => system.has(folder));
  const explained = JSON.parse(await system.succeeds('explain', 'web', '--json')) as Explanation;
  const bundle: CrashBundle | undefined = explained.instances[0]?.crash?.bundle;
  assert.equal(bundle?.reason, 'out of memory (limit 64 MB)');
  await system.down();
});
