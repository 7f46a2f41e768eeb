import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { createRig, type Rig } from './kit.ts';

for (const cgroup of [true, false]) {
  describe(`starting and ending, ${cgroup ? 'with' : 'without'} control groups`, () => {
    const rig = createRig({ cgroup });
    after(() => rig.dispose());
    let incarnation = 0;
    const sh = (text: string, more: Parameters<Rig['spec']>[1] = {}): ReturnType<Rig['spec']> =>
      rig.spec({ command: ['sh', '-c', text] }, { incarnation: (incarnation += 1), ...more });

    it('tells the identity, then exact exit codes and signals', async () => {
      const ends = [
        ['exit 0', 0, null],
        ['exit 1', 1, null],
        ['exit 143', 143, null],
        ['kill -TERM $$', null, 'SIGTERM'],
        ['kill -SEGV $$', null, 'SIGSEGV'],
        ['kill -KILL $$', null, 'SIGKILL'],
      ] as const;
      for (const keepExit of [false, true]) {
        for (const [text, code, signal] of ends) {
          const spec = sh(`echo $$ >pid; ${text}`, { keepExit });
          const identity = await rig.start(spec);
          const { exit, remaining } = await rig.exited(spec);
          assert.deepEqual({ exit, remaining }, { exit: { code, signal, known: true }, remaining: 0 }, text);
          assert.equal(Number(await rig.read('pid')), identity.pid, 'the program itself is the leader');
        }
      }
    });

    it('gives the program the plan’s environment and nothing else', async () => {
      process.env['LEAK_OF_THE_DAEMON'] = 'yes';
      const spec = rig.spec(
        { command: ['cp', '/proc/self/environ', 'env'], environment: { COLOUR: 'blue', 'dotted.name': '1' } },
        { incarnation: (incarnation += 1) },
      );
      await rig.start(spec);
      await rig.exited(spec);
      const environ = readFileSync(rig.file('env'), 'utf8')
        .split('\0')
        .filter((line) => line !== '');
      const names = environ.map((line) => line.slice(0, line.indexOf('=')));
      const wanted = [
        'COLOUR',
        'HOME',
        'INSTANCE',
        'LOGNAME',
        'MAINSTAY_COOKIE',
        'PATH',
        'PWD',
        'SERVICE',
        'USER',
        'dotted.name',
      ];
      const shells = new Set(['_', 'SHLVL', 'OLDPWD']);
      assert.deepEqual(names.filter((name) => !shells.has(name)).sort(), wanted.sort());
      delete process.env['LEAK_OF_THE_DAEMON'];
    });
  });
}
