/**
 * How fast something is started again: from the end of a program to its next start, a chain of restarts through
 * the process host against a bare loop of `child_process.spawn` with a shell in between. Interleaved rounds, so
 * that a busy machine disturbs both alike; the median counts.
 *
 *   node benchmarks/spawn.ts [restarts per round] [rounds]
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock } from '../packages/mainstay/src/host/clock/index.ts';
import { loadNative } from '../packages/mainstay/src/host/native/index.ts';
import { createProcessHost, type RealProcessHost } from '../packages/mainstay/src/host/process/index.ts';
import { programPlan } from '../packages/mainstay/test/host/process/kit.ts';

const restarts = Number(process.argv[2] ?? 100);
const rounds = Number(process.argv[3] ?? 7);
const PATH = '/usr/bin:/bin';

async function bare(): Promise<number> {
  const from = performance.now();
  for (let at = 0; at < restarts; at += 1) {
    await new Promise((resolve) => {
      const options = { detached: true, stdio: 'ignore', env: { PATH } } as const;
      spawn('/bin/sh', ['-c', 'exec "$@"', 'sh', 'true'], options).once('exit', resolve);
    });
  }
  return (performance.now() - from) / restarts;
}

let incarnation = 0;

async function hosted(host: RealProcessHost, directory: string, keepExit: boolean): Promise<number> {
  const service = programPlan(directory, { command: ['true'] });
  const from = performance.now();
  for (let at = 0; at < restarts; at += 1) {
    incarnation += 1;
    await new Promise<void>((resolve) => {
      host.connect((event) => {
        if (event.type === 'spawn-failed') throw new Error(event.failure.message);
        if (event.type !== 'exited') return;
        host.forget(event.instance, event.incarnation);
        resolve();
      });
      host.spawn({ instance: 'app/0', incarnation, service, keepExit });
    });
  }
  return (performance.now() - from) / restarts;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const directory = mkdtempSync(join(tmpdir(), 'mainstay-bench-'));
const run = join(directory, 'run');
mkdirSync(run, { mode: 0o700 });
const pipes = { out: join(directory, 'out'), err: join(directory, 'err'), notify: join(directory, 'notify') };
execFileSync('mkfifo', Object.values(pipes));
const direct = (await loadNative())?.starter() ?? null;
const make = (cgroup: boolean, way: typeof direct): RealProcessHost =>
  createProcessHost({
    projectId: `bench-${process.pid}`,
    runDirectory: run,
    clock: createClock(),
    base: { PATH },
    pipes: () => ({ ...pipes, notifySocket: null }),
    program: ({ service }) => ({ command: service.command, environment: {} }),
    cgroup,
    direct: way,
  });
const withGroups = make(true, direct);
const byNode = make(true, null);
const withScan = make(false, direct);
const times = {
  bare: [] as number[],
  groups: [] as number[],
  node: [] as number[],
  scan: [] as number[],
  kept: [] as number[],
};
await bare();
for (let round = 0; round < rounds; round += 1) {
  times.bare.push(await bare());
  times.groups.push(await hosted(withGroups, directory, false));
  times.node.push(await hosted(byNode, directory, false));
  times.scan.push(await hosted(withScan, directory, false));
  times.kept.push(await hosted(withGroups, directory, true));
}
withGroups.close();
byNode.close();
withScan.close();
rmSync(directory, { recursive: true, force: true });

const floor = median(times.bare);
console.log(`bare spawn of a shell that execs   ${floor.toFixed(2)} ms a restart`);
for (const [name, values] of [
  [`process host, ${withGroups.containment}`, times.groups],
  ['process host, started by Node', times.node],
  ['process host, scan of /proc', times.scan],
  ['process host, exit status kept', times.kept],
] as const) {
  const time = median(values);
  console.log(`${name.padEnd(34)} ${time.toFixed(2)} ms a restart, ${(time / floor).toFixed(2)} × bare`);
}
