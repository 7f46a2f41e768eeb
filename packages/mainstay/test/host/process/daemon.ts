/**
 * A daemon in miniature for adoption tests: `node daemon.ts JSON` starts the given specs with a host of its own,
 * prints one line per event, and lives until it is killed.
 */
import { createClock } from '../../../src/host/clock/index.ts';
import { createProcessHost } from '../../../src/host/process/index.ts';
import { loadNative } from '../../../src/host/native/index.ts';
import type { InstancePipes, SpawnSpec } from '../../../src/ports/index.ts';

interface Orders {
  projectId: string;
  runDirectory: string;
  path: string;
  pipes: InstancePipes;
  cgroup: boolean;
  specs: SpawnSpec[];
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const host = createProcessHost({
  projectId: orders.projectId,
  runDirectory: orders.runDirectory,
  clock: createClock(),
  base: { PATH: orders.path },
  pipes: () => orders.pipes,
  program: ({ service }) => ({ command: service.command, environment: {} }),
  cgroup: orders.cgroup,
  direct: (await loadNative())?.starter() ?? null,
});
host.connect((event) => console.log(JSON.stringify(event)));
for (const spec of orders.specs) host.spawn(spec);
setInterval(() => undefined, 1_000_000);
