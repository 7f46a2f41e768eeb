// Programs started without copying this process: everything that Node's spawn gives must hold for them too.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { detectGroups } from '../../../src/host/cgroup/index.ts';
import { loadNative, NoDirectStart, type StartRequest } from '../../../src/host/native/index.ts';
import { createChildren } from '../../../src/host/process/children.ts';
import { until } from '../process/kit.ts';

const starter = (await loadNative())?.starter() ?? null;
const skip = starter === null ? 'koffi does not load here, or this is no x86-64' : false;
const directory = mkdtempSync(join(tmpdir(), 'mainstay-direct-'));
after(() => rmSync(directory, { recursive: true, force: true }));
// A SIGCHLD listener alone keeps no test waiting.
const awake = setInterval(() => undefined, 1000);
after(() => clearInterval(awake));

const sh = (text: string, more: Partial<StartRequest> = {}): StartRequest => ({
  path: '/bin/sh',
  argv: ['sh', '-c', text],
  environment: { PATH: '/usr/bin:/bin' },
  directory,
  group: null,
  ...more,
});

const unexpected = (error: unknown): never => assert.fail(String(error));

async function endOf(request: StartRequest): Promise<{ code: number | null; signal: string | null }> {
  const pid = starter!.start(request);
  return until(`end of ${pid}`, () => starter!.reap(pid));
}

const masks = (status: string): Record<string, string> =>
  Object.fromEntries(
    [...status.matchAll(/^(Sig(?:Blk|Ign)):\s*(\w+)$/gm)].map(([, name = '', mask = '']) => [name, mask]),
  );

test(
  'a program is leader of its session, with no signal blocked or ignored and /dev/null around it',
  { skip },
  async () => {
    const before = masks(readFileSync('/proc/self/status', 'utf8'));
    // SIGPIPE is ignored here, and must not be there.
    assert.notEqual(BigInt(`0x${before['SigIgn']}`) & (1n << 12n), 0n);
    const text = 'cat /proc/$$/stat >stat; echo $(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2) >fds';
    assert.deepEqual(await endOf(sh(text)), { code: 0, signal: null });
    // A shell blocks signals while it waits.
    assert.deepEqual(await endOf(sh('exec cp /proc/self/status status')), { code: 0, signal: null });
    const inside = readFileSync(join(directory, 'status'), 'utf8');
    assert.deepEqual(masks(inside), { SigBlk: '0'.repeat(16), SigIgn: '0'.repeat(16) });
    const [pid, , , , group, session] = readFileSync(join(directory, 'stat'), 'utf8').split(' ');
    assert.deepEqual([group, session], [pid, pid]);
    assert.equal(readFileSync(join(directory, 'fds'), 'utf8'), '/dev/null /dev/null /dev/null\n');
    assert.deepEqual(masks(readFileSync('/proc/self/status', 'utf8')), before, 'this process has its own mask again');
  },
);

test('arguments, variables and directory arrive as they are, whatever is in them', { skip }, async () => {
  const odd = ['', ' ', '"\'$`\\', 'zwei\nZeilen', 'ümläut €', 'x'.repeat(100_000)];
  const environment = { EMPTY: '', 'odd.name': '=a=b', LONG: 'y'.repeat(100_000) };
  const text = 'printf "%s\\0" "$@" >words; cat /proc/self/environ >variables';
  const file = join(directory, 'a b');
  mkdirSync(file);
  const argv = ['sh', '-c', text, 'sh', ...odd];
  assert.deepEqual(
    await endOf(sh('', { argv, environment: { PATH: '/usr/bin:/bin', ...environment }, directory: file })),
    {
      code: 0,
      signal: null,
    },
  );
  assert.deepEqual(readFileSync(join(file, 'words'), 'utf8').split('\0').slice(0, -1), odd);
  const variables = readFileSync(join(file, 'variables'), 'utf8').split('\0');
  // A shell keeps such names to itself.
  const { 'odd.name': _odd, ...known } = environment;
  for (const [name, value] of Object.entries(known)) assert.ok(variables.includes(`${name}=${value}`), name);
});

test('ends are told exactly', { skip }, async () => {
  assert.deepEqual(await endOf(sh('exit 255')), { code: 255, signal: null });
  assert.deepEqual(await endOf(sh('kill -KILL $$')), { code: null, signal: 'SIGKILL' });
  assert.deepEqual(await endOf(sh('kill -SEGV $$')), { code: null, signal: 'SIGSEGV' });
  assert.equal(starter!.reap(1), null, 'of nobody else');
});

test('what cannot be started is an error with its code, and leaves no child behind', { skip }, () => {
  const codes = ([request, code]: [Partial<StartRequest>, string]): void => {
    assert.throws(() => starter!.start(sh('true', request)), { code });
  };
  codes([{ path: '/no/such/program' }, 'ENOENT']);
  codes([{ directory: '/no/such/directory' }, 'ENOENT']);
  codes([{ path: '/etc/passwd' }, 'EACCES']);
  codes([{ argv: ['sh', 'x'.repeat(3_000_000)] }, 'E2BIG']);
  codes([{ argv: ['sh', 'a\0b'] }, 'EINVAL']);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  assert.deepEqual(children, []);
});

test('hundreds that end at once are all heard of', { skip }, async () => {
  const children = createChildren(starter);
  const ends = new Map<number, number | null>();
  for (let n = 0; n < 300; n += 1) {
    const events = { ended: (code: number | null) => void ends.set(n, code), failed: unexpected };
    children.start(sh(`exit ${n % 100}`), [], events);
  }
  await until('all ends', () => ends.size === 300);
  for (const [n, code] of ends) assert.equal(code, n % 100);
  children.close();
});

test('a program is born in its control group', { skip }, async (t) => {
  const groups = detectGroups(`direct-${process.pid}`, 2);
  if (groups === null) return t.skip('no version 2 control groups here');
  const group = groups.create('born.0.1', null).group;
  assert.deepEqual(await endOf(sh('cat /proc/self/cgroup >group', { group: group.birth })), { code: 0, signal: null });
  assert.match(readFileSync(join(directory, 'group'), 'utf8'), /^0::.*\/mainstay-direct-\d+\/born\.0\.1$/m);
  assert.ok(group.remove());
});

test('where the kernel does not have it, Node starts the program', async () => {
  const asked: string[] = [];
  const lacking = {
    start: ({ path }: StartRequest): number => {
      asked.push(path);
      throw new NoDirectStart('clone3: ENOSYS');
    },
    reap: () => null,
    ended: () => null,
    wait: () => undefined,
  };
  const children = createChildren(lacking);
  for (const text of ['exit 3', 'exit 4']) {
    const end = await new Promise((resolve) => {
      const events = { ended: (code: number | null) => resolve(code), failed: unexpected };
      const child = children.start(sh('exit 99'), ['-c', text], events);
      assert.equal(child.inGroup, false);
    });
    assert.equal(end, Number(text.slice(5)));
  }
  assert.equal(asked.length, 1, 'it is not asked again');
  children.close();
});
