// `mainstay up` as the first process of a container: a pid namespace of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { System } from '../support/system.ts';

const possible = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
const skip = possible ? false : 'a pid namespace needs root';

interface Container {
  unshare: ChildProcess;
  output: () => string;
  /** Ends with the exit code of the first process. */
  ended: Promise<number | null>;
  /** The first process, as it is numbered outside. */
  first: () => number;
  /** State letters and names of everything inside. */
  inside: () => string[];
}

/** Empty for a process that is gone. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}

function start(t: TestContext, system: System): Container {
  const unshare = spawn(
    'unshare',
    ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, ...system.arguments(['up'])],
    { cwd: system.folder, env: system.environment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [unshare.stdout, unshare.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => unshare.once('close', resolve));
  t.after(async () => {
    unshare.kill('SIGKILL');
    await ended;
    await system.end();
  });
  const first = (): number =>
    Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').split(' ')[0]);
  const namespace = (pid: string): string => {
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`);
    } catch {
      return '';
    }
  };
  return {
    unshare,
    output: () => text,
    ended,
    first,
    inside: () => {
      const own = namespace(String(first()));
      return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && namespace(name) === own)
        .map((name) => {
          const stat = statOf(name);
          return `${stat.charAt(stat.lastIndexOf(')') + 2)} ${stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))}`;
        });
    },
  };
}

test('orphans by the hundred leave no zombies; SIGTERM stops everything in order, exit code 0', { skip }, async (t) => {
  // 300 children of a shell that ends at once: they outlive it, and end later.
  const orphans = 'i=0; while test $$i -lt 300; do (sleep 0.2 &) ; i=$$((i+1)); done; touch born; exec sleep 86400';
  const system = new System(`
services:
  db: { command: [sh, -c, 'trap "echo db >>ended; exit 0" TERM; touch db-runs; while :; do sleep 0.05; done'], kill_mode: mixed }
  web: { command: [sh, -c, 'trap "echo web >>ended; exit 0" TERM; touch web-runs; while :; do sleep 0.05; done'], kill_mode: mixed, depends_on: [db] }
  maker: { command: [sh, -c, '${orphans}'] }
`);
  const container = start(t, system);
  await system.eventually('everything runs', () => ['born', 'db-runs', 'web-runs'].every((name) => system.has(name)));
  assert.equal(
    readFileSync(`/proc/${container.first()}/cmdline`, 'latin1').includes('mainstay-init'),
    true,
    'the first process is the small shell',
  );
  await system.eventually('no orphan is left, not even as a zombie', () => {
    const all = container.inside();
    return all.filter((one) => one === 'S sleep').length <= 3 && all.every((one) => !one.startsWith('Z'));
  });
  process.kill(container.first(), 'SIGUSR2');
  process.kill(container.first(), 'SIGTERM');
  assert.equal(await container.ended, 0, container.output());
  assert.equal(system.read('ended'), 'web\ndb\n');
  assert.match(container.output(), /is down/);
  // Plain lines: no cursor is moved, no colour.
  assert.ok(!container.output().includes('\u001b'));
});

test('a crash inside is repaired, and a second life of the container begins afresh', { skip }, async (t) => {
  const system = new System(`
services:
  web: { command: [sh, -c, 'echo started >>starts; exec sleep 86400'], restart_policy: { delay: 10ms } }
`);
  const container = start(t, system);
  const starts = (): number => system.read('starts').split('\n').length - 1;
  await system.eventually('it runs', () => starts() === 1);
  const web = system.processes().find(({ command }) => command === 'sleep 86400')!;
  process.kill(web.pid, 'SIGKILL');
  await system.eventually('it is started again', () => starts() === 2);
  // As "docker kill", or the end of its patience: everything inside ends at once.
  process.kill(container.first(), 'SIGKILL');
  await container.ended;
  assert.equal(system.processes().length, 0);

  const again = start(t, system);
  await system.eventually('it is started again', () => starts() === 3);
  process.kill(again.first(), 'SIGINT');
  assert.equal(await again.ended, 0, again.output());
  assert.equal(system.processes().length, 0);
});
