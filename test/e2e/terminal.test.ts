// `mainstay up` in the foreground, in a real terminal.
import assert from 'node:assert/strict';
import { spawnSync, type ChildProcess } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, look, signal } from '../support/processes.ts';
import { CLI, System } from '../support/system.ts';

const CTRL_C = '\x03';
const skip = spawnSync('script', ['--version']).status === 0 ? false : 'the program script is not installed';

const file = `
services:
  web: { command: [sh, -c, 'trap "echo web-end >>ends; exit 0" TERM; while :; do sleep 0.05; done'] }
  after: { command: [sh, -c, 'trap "echo after-end >>ends; exit 0" TERM; while :; do sleep 0.05; done'], depends_on: [web] }
`;
const stubborn = `
services:
  stubborn: { command: [sh, -c, 'trap "echo asked >>asked" TERM; while :; do sleep 0.05; done'], stop_grace_period: 10m }
`;

interface Terminal {
  child: ChildProcess;
  shown: () => string;
  ended: Promise<number | null>;
}

/** Runs `mainstay up` in a terminal of its own. */
function upInTerminal(system: System): Terminal {
  // Without `exec` some shells stay in between, and answer Ctrl-C themselves.
  const child = system.view('script', ['-qefc', `exec '${process.execPath}' '${CLI}' up`, '/dev/null'], 'pipe');
  let shown = '';
  child.stdout!.setEncoding('utf8').on('data', (part: string) => (shown += part));
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return { child, shown: () => shown, ended };
}

const ready = (system: System): Promise<void> =>
  system.eventually('everything is ready', async () => {
    const services = (await system.status())?.services ?? [];
    return services.length > 0 && services.every(({ state }) => state === 'ready');
  });

test('Ctrl-C stops everything in order', { skip }, async (t) => {
  const system = new System(file);
  t.after(() => system.end());
  const { child, shown, ended } = upInTerminal(system);
  await ready(system);
  child.stdin!.write(CTRL_C);
  assert.equal(await ended, 0, shown());
  assert.match(shown(), /stopping everything in order/);
  assert.equal(system.read('ends'), 'after-end\nweb-end\n');
  assert.deepEqual(system.leftovers(), []);
});

test('Ctrl-C twice stops at once', { skip }, async (t) => {
  const system = new System(stubborn);
  t.after(() => system.end());
  const { child, shown, ended } = upInTerminal(system);
  await ready(system);
  child.stdin!.write(CTRL_C);
  await system.eventually('it is asked', () => system.read('asked') !== '');
  assert.equal((await system.service('stubborn')).state, 'stopping');
  // Sooner it would be taken for the same one, passed on twice.
  await sleep(200);
  child.stdin!.write(CTRL_C);
  assert.equal(await ended, 0, shown());
  assert.match(shown(), /stopping everything at once/);
  assert.deepEqual(system.leftovers(), []);
});

test('a terminal that is closed stops everything in order', { skip }, async (t) => {
  const system = new System(file);
  t.after(() => system.end());
  const { child, ended } = upInTerminal(system);
  await ready(system);
  child.kill('SIGKILL');
  await ended;
  await system.eventually('nothing is left', () => system.leftovers().length === 0);
  assert.equal(system.read('ends'), 'after-end\nweb-end\n');
});

test('SIGTERM stops everything in order; SIGKILL leaves it running', { skip }, async (t) => {
  const system = new System(file);
  t.after(() => system.end());
  const first = upInTerminal(system);
  await ready(system);
  const before = await system.pids();
  const view = childrenOf(first.child.pid!).find(({ command }) => command.includes(CLI))!;
  signal(view, 'SIGKILL');
  await first.ended;
  assert.equal(look(view.pid), null);
  assert.deepEqual(await system.pids(), before);
  await system.down();

  system.write('ends', '');
  const second = upInTerminal(system);
  await ready(system);
  signal(
    childrenOf(second.child.pid!).find(({ command }) => command.includes(CLI))!,
    'SIGTERM',
  );
  assert.equal(await second.ended, 0, second.shown());
  assert.equal(system.read('ends'), 'after-end\nweb-end\n');
  assert.deepEqual(system.leftovers(), []);
});
