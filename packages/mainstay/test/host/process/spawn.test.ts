/** How a program is started: its environment, user, limits, descriptors, signals. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { findUser } from '../../../src/host/process/users.ts';
import { createRig, direct, script, until, type Rig } from './kit.ts';

const root = process.getuid?.() === 0;
const asRoot = { skip: root ? false : 'only root can start programs as another user' };

const WAYS = [
  { name: 'with control groups', cgroup: true, direct },
  { name: 'without control groups', cgroup: false, direct },
  { name: 'by Node', cgroup: true, direct: null },
];

for (const { name: way, ...options } of WAYS) {
  describe(`starting, ${way}`, () => {
    const rig = createRig(options);
    after(() => rig.dispose());
    let incarnation = 0;
    const run = async (service: Parameters<Rig['spec']>[0], keepExit = false): Promise<void> => {
      const spec = rig.spec(service, { incarnation: (incarnation += 1), keepExit });
      await rig.start(spec);
      const { exit } = await rig.exited(spec);
      assert.deepEqual(exit, { code: 0, signal: null, known: true });
    };

    it('tells exact exit codes and signals, and the pid of the program itself', async () => {
      const ends = [
        ['exit 0', 0, null],
        ['exit 1', 1, null],
        ['exit 143', 143, null],
        ['exit 255', 255, null],
        ['kill -TERM $$', null, 'SIGTERM'],
        ['kill -SEGV $$', null, 'SIGSEGV'],
        ['kill -KILL $$', null, 'SIGKILL'],
      ] as const;
      for (const keepExit of [false, true]) {
        for (const [text, code, signal] of ends) {
          incarnation += 1;
          const spec = rig.spec({ command: ['sh', '-c', `echo $$ >pid; ${text}`] }, { incarnation, keepExit });
          const identity = await rig.start(spec);
          const { exit, remaining } = await rig.exited(spec);
          assert.deepEqual({ exit, remaining }, { exit: { code, signal, known: true }, remaining: 0 }, text);
          assert.equal(Number(await rig.read('pid')), identity.pid);
        }
      }
    });

    it('gives the program the environment of the plan, odd names included, and nothing of the daemon', async () => {
      process.env['LEAK_OF_THE_DAEMON'] = 'yes';
      const environment = { COLOUR: 'blue', 'discovery.type': 'single\nnode', EMPTY: '' };
      await run({ command: ['cp', '/proc/self/environ', 'env'], environment });
      delete process.env['LEAK_OF_THE_DAEMON'];
      const lines = readFileSync(rig.file('env'), 'utf8').split('\0').filter(Boolean);
      const found = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
      for (const [name, value] of Object.entries(environment)) assert.equal(found.get(name), value);
      assert.equal(found.get('MAINSTAY_COOKIE'), `${rig.id}:app/0:${incarnation}`);
      assert.equal(found.get('PWD'), rig.directory);
      // A shell adds some of its own.
      for (const name of ['_', 'SHLVL', 'OLDPWD']) found.delete(name);
      const always = ['HOME', 'INSTANCE', 'LOGNAME', 'MAINSTAY_COOKIE', 'PATH', 'PWD', 'SERVICE', 'USER'];
      assert.deepEqual([...found.keys()].sort(), [...always, ...Object.keys(environment)].sort());
    });

    for (const keepExit of [false, true]) {
      it(`starts in a session of its own, with default signals and only its own descriptors${keepExit ? ', kept' : ''}`, async () => {
        const text = 'cat /proc/self/status >status; ls -l /proc/self/fd >fds; cut -d" " -f6 /proc/$$/stat >session';
        await run({ command: ['sh', '-c', text] }, keepExit);
        const status = readFileSync(rig.file('status'), 'latin1');
        assert.match(status, /^SigIgn:\t0+$/m);
        assert.match(status, /^SigBlk:\t0+$/m);
        const fds = readFileSync(rig.file('fds'), 'utf8');
        assert.match(fds, / 0 -> \/dev\/null/);
        assert.match(fds, / 2 -> .*\/err/);
        // What this process itself was given without close-on-exec reaches every child of it.
        const stray = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
        const numbers = [...fds.matchAll(/ (\d+) -> /g)].map(([, number]) => number);
        assert.deepEqual(numbers.sort(), stray.trim().split('\n').sort(), fds);
        const own = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[3];
        assert.notEqual((await rig.read('session')).trim(), own);
      });
    }

    it('opens the notification pipe for programs that notify, and only those', async () => {
      const command = ['sh', '-c', 'readlink /proc/$$/fd/3 >fd; echo "$MAINSTAY_NOTIFY_FD $WATCHDOG_USEC" >env'];
      await run({ command, ready: { by: 'notify', timeout: 1000 }, watchdog: 2500 });
      assert.equal((await rig.read('fd')).trim(), rig.file('notify'));
      assert.equal(await rig.read('env'), '3 2500000\n');
      await run({ command: ['sh', '-c', 'test ! -e /proc/$$/fd/3 && test -z "${MAINSTAY_NOTIFY_FD+x}"'] });
    });

    it('applies umask and resource limits', async () => {
      const text = 'umask >umask; ulimit -n >soft; ulimit -Hn >hard; ulimit -c >core';
      const ulimits = { nofile: { soft: 111, hard: 222 }, core: { soft: 0, hard: 0 } };
      await run({ command: ['sh', '-c', text], umask: 0o027, ulimits });
      assert.equal(await rig.read('umask'), '0027\n');
      assert.deepEqual(
        [await rig.read('soft'), await rig.read('hard'), await rig.read('core')],
        ['111\n', '222\n', '0\n'],
      );
      assert.equal(statSync(rig.file('soft')).mode & 0o777, 0o640);
    });

    it('runs as another user with all of its groups', asRoot, async () => {
      const name = userWithGroups();
      const user = findUser(name);
      assert.ok(user !== null);
      chmodSync(rig.directory, 0o777);
      const spec = rig.spec(
        { command: ['sh', '-c', 'id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"; umask'], user: name, umask: 0o077 },
        { incarnation: (incarnation += 1) },
      );
      spec.service.command[2] = `{ ${spec.service.command[2]}; } >as; :`;
      const identity = await rig.start(spec);
      assert.ok(identity.pid > 0);
      await rig.exited(spec);
      const groups = execFileSync('id', ['-G', name], { encoding: 'utf8' }).trim();
      const wanted = `${user.uid}\n${user.gid}\n${groups}\n${user.home} ${name} ${name}\n0077\n`;
      assert.equal(await rig.read('as'), wanted);
    });

    it('runs with a number for a user and a group of one’s choice', asRoot, async () => {
      chmodSync(rig.directory, 0o777);
      await run({ command: ['sh', '-c', 'echo "$(id -u) $(id -g) $(id -G)" >number'], user: '54321', group: '54322' });
      assert.equal(await rig.read('number'), '54321 54322 54322\n');
    });

    it('starts 200 at once', async () => {
      const specs = Array.from({ length: 200 }, (_, at) =>
        rig.spec({ name: `many${at}`, command: ['sh', '-c', `exit ${at % 100}`] }, { keepExit: at % 4 === 0 }),
      );
      for (const spec of specs) rig.host.spawn({ ...spec, instance: `${spec.service.name}/0` });
      await until(
        '200 ends',
        () =>
          rig.events.filter(({ instance, type }) => instance.startsWith('many') && type === 'exited').length === 200,
      );
      for (const [at, spec] of specs.entries()) {
        const own = rig.events.filter(({ instance }) => instance === `${spec.service.name}/0`);
        assert.deepEqual(
          own.map(({ type }) => type),
          ['spawned', 'exited'],
        );
        const [, exited] = own;
        assert.ok(exited?.type === 'exited');
        assert.deepEqual([exited.exit.code, exited.remaining], [at % 100, 0]);
      }
    });

    it('starts a script without an interpreter line as a shell would', async () => {
      await run({ command: [script(rig.file('plain'), 'echo yes >plain-ran\n')] });
      assert.equal(await rig.read('plain-ran'), 'yes\n');
    });
  });
}

/** A user who is in more than one group, if there is one; nobody otherwise. */
function userWithGroups(): string {
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const member = line.split(':')[3]?.split(',')[0];
    if (member !== undefined && member !== '' && member !== 'root' && findUser(member) !== null) return member;
  }
  return 'nobody';
}
