// The session in which somebody ran `up -d` ends, and everything in it.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { look, signal } from '../support/processes.ts';
import { System } from '../support/system.ts';

test('logout: what up -d started lives on, supervised', async (t) => {
  const system = new System('services: { web: { command: [sleep, "86400"], restart_policy: { delay: 10ms } } }');
  t.after(() => system.end());
  const words = [process.execPath, ...system.arguments(['up', '-d'])];
  const shell = system.view('setsid', ['sh', '-c', '"$@"; touch logged-in; sleep 86400; :', 'login', ...words]);
  await system.eventually('it is up', () => system.has('logged-in'));
  const before = await system.pids();
  const [guardian, daemon] = [system.guardian()!, system.daemon()!];

  // As the kernel does when the terminal goes, and then as logind with KillUserProcesses.
  process.kill(-shell.pid!, 'SIGHUP');
  const session = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => look(Number(name)))
    .filter((one) => one !== null && one.session === shell.pid);
  for (const one of session) signal(one!, 'SIGKILL');
  await system.eventually('the session is over', () => session.every((one) => look(one!.pid) === null));

  assert.equal((await system.answers()).daemon.pid, daemon.pid);
  assert.equal(system.guardian()?.pid, guardian.pid);
  assert.deepEqual(await system.pids(), before);
  process.kill(before['web/0']!, 'SIGKILL');
  await system.replaced('web', before['web/0']!);
  await system.down();
});
