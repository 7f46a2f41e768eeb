// The kind process: memory, processors and descriptors of a family against what it may have. (C7, D5, S12)
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Meter } from '../../../src/kinds/checks/process/usage.ts';
import { readProcess } from '../../../src/kinds/kit/index.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context, eventually } from '../context.ts';
import { Family } from '../servers/family.ts';
import { makeFolder } from '../servers/program.ts';

const MIB = 1_048_576;

const probe = (target: Record<string, unknown>, options: Parameters<typeof context>[0] = {}) =>
  createProber().probe('process', CHECKS['process']!.schema.parse(target), context(options));

test('a service: its children count, against what it may have', async () => {
  const hoard =
    "globalThis.kept = Buffer.alloc(100 * 1024 * 1024, 1); console.log('ready'); setInterval(() => {}, 60000)";
  await using web = await Family.start('sh', '-c', '"$0" -e "$1" & wait', process.execPath, hoard);
  const limits = { memory: 400 * MIB, cpus: 0.5 };
  const services = { web: [web.facts('web/0', limits), { ...web.facts('web/1'), pid: null }] };
  const seen = await probe({ service: 'web' }, { services });
  assert.equal(seen.status, 'pass');
  const data = seen.data as Record<string, number>;
  assert.equal(data['processes'], 2);
  assert.ok(data['memory']! > 100 * MIB && data['memory']! < 300 * MIB, `${data['memory']}`);
  assert.equal(data['memory_used'], Math.round((data['memory']! / limits.memory) * 1000) / 10);
  assert.ok(Math.abs(data['cpu_used']! - 2 * data['cpu']!) <= 0.2, 'half a processor');
  assert.match(
    seen.message,
    /^web: 2 processes, \d+ MiB \([\d.]+%\), [\d.]+% of a processor, \d+ open files \([\d.]+%\)$/,
  );
});

test('of several instances the worst counts, for each number', async () => {
  await using small = await Family.start('sh', '-c', 'echo ready; exec sleep 600');
  await using large = await Family.start('sh', '-c', 'sleep 600 & sleep 600 & echo ready; wait');
  const services = { web: [small.facts('web/0', { memory: MIB }), large.facts('web/1')] };
  const data = (await probe({ service: 'web' }, { services })).data as Record<string, number>;
  assert.equal(data['processes'], 3);
  assert.ok(data['memory_used']! > 20, `${data['memory_used']}% of one MiB`);
});

test('descriptors, against the limit of the process that has most of them in use', async () => {
  const open = 'ulimit -n 20; for fd in 3 4 5 6 7; do eval "exec $fd</dev/null"; done; echo ready; exec sleep 600';
  await using web = await Family.start('sh', '-c', open);
  const services = { web: [web.facts('web/0')] };
  // A program that has only just been started has its libraries open.
  await eventually('what it has open is counted', async () => {
    const { data } = await probe({ service: 'web' }, { services });
    const open = readdirSync(`/proc/${web.pid}/fd`).length;
    return open >= 8 && data!['open_files'] === open && data!['descriptors'] === open * 5;
  });
});

test('by name, and by a file with its number; nobody fails', async () => {
  using folder = makeFolder('process');
  await using family = await Family.start('sh', '-c', 'echo ready; exec sleep 600');
  const path = join(folder.path, 'pid');
  writeFileSync(path, `${family.pid}\n`);
  const byFile = await probe({ pid_file: path });
  assert.deepEqual([byFile.status, byFile.data!['processes']], ['pass', 1]);
  assert.ok(Number((await probe({ name: 'sleep' })).data!['processes']) >= 1);
  const nobody = await probe({ name: 'no-such-program' });
  assert.deepEqual([nobody.status, nobody.message], ['fail', 'no-such-program: no such process lives']);
  await family[Symbol.asyncDispose]();
  const gone = await probe({ pid_file: path });
  assert.deepEqual([gone.status, gone.message], ['fail', `${path}: no such process lives`]);
  assert.equal((await probe({ pid_file: join(folder.path, 'none') })).status, 'fail');
  writeFileSync(path, 'nginx');
  assert.equal((await probe({ pid_file: path })).status, 'unknown');
});

test('a service of which nothing runs, and one that is not there, are unknown', async () => {
  const services = { gone: [] };
  const seen = await probe({ service: 'gone' }, { services });
  assert.deepEqual([seen.status, seen.message], ['unknown', 'nothing of gone runs']);
  assert.equal((await probe({ service: 'stranger' }, { services })).status, 'unknown');
});

test('time of processors: what is new counts whole, what is gone keeps what it had, numbers given anew are others', () => {
  const meter = new Meter();
  const one = (pid: number, started: number, ticks: number) =>
    Object.assign(readProcess(process.pid)!, { pid, started, ticks });
  assert.equal(meter.add([one(1, 5, 1000)]), 0);
  assert.equal(meter.add([one(1, 5, 1010), one(2, 9, 3)]), 130);
  assert.equal(meter.add([one(1, 5, 1010)]), 130);
  assert.equal(meter.add([one(1, 77, 4)]), 170);
});
