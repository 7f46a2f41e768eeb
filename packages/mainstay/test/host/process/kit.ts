/** What the tests of the process host share: a host in a folder of its own, specs, and waiting for events. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit, Identity, InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../../../src/core/plan/index.ts';
import { createClock } from '../../../src/host/clock/index.ts';
import { detectGroups } from '../../../src/host/cgroup/index.ts';
import { loadNative, type Starter } from '../../../src/host/native/index.ts';
import { listPids, environmentValue } from '../../../src/host/proc/index.ts';
import { createProcessHost, COOKIE, type RealProcessHost } from '../../../src/host/process/index.ts';
import type { InstancePipes, ProcessEvent, SpawnSpec } from '../../../src/ports/index.ts';
import { servicePlan } from '../../../src/sim/plan.ts';

/** How daemons start programs where koffi loads. */
export const direct: Starter | null = (await loadNative())?.starter() ?? null;

/** Long enough for a loaded machine; nothing waits this long unless it fails. */
const DEADLINE_MS = 60_000;
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Waits until `probe` answers something; fails with `what` otherwise. */
export async function until<T>(what: string, probe: () => T | null | undefined | false): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = probe();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await sleep(10);
  }
}

let counter = 0;

/** A project of its own: unique id, folder, host; everything of it is gone after `dispose`. */
export interface Rig {
  id: string;
  directory: string;
  host: RealProcessHost;
  events: ProcessEvent[];
  /** A second host, as a new daemon would make it. */
  another(): { host: RealProcessHost; events: ProcessEvent[] };
  spec(service: Partial<ServicePlan> & { command: string[] }, more?: Partial<SpawnSpec>): SpawnSpec;
  /** Spawns and waits for `spawned`. */
  start(spec: SpawnSpec): Promise<Identity>;
  exited(spec: SpawnSpec, events?: ProcessEvent[]): Promise<{ exit: Exit; remaining: number }>;
  emptied(spec: SpawnSpec, events?: ProcessEvent[]): Promise<void>;
  failed(spec: SpawnSpec): Promise<Extract<ProcessEvent, { type: 'spawn-failed' }>['failure']>;
  /** A file that a program of a test writes; waits until it ends in a newline. */
  file(name: string): string;
  read(name: string): Promise<string>;
  /** Living processes that carry the project's cookie. */
  bearers(): number[];
  dispose(): Promise<void>;
}

export function createRig(options: { cgroup?: boolean; direct?: Starter | null } = {}): Rig {
  counter += 1;
  const id = `test-${process.pid}-${counter}`;
  const directory = mkdtempSync(join(tmpdir(), 'mainstay-host-'));
  const run = join(directory, 'run');
  mkdirSync(run, { mode: 0o700 });
  const pipes: InstancePipes = {
    out: join(directory, 'out'),
    err: join(directory, 'err'),
    notify: join(directory, 'notify'),
    notifySocket: null,
  };
  execFileSync('mkfifo', [pipes.out, pipes.err, pipes.notify]);
  const hosts: RealProcessHost[] = [];
  const another = (): { host: RealProcessHost; events: ProcessEvent[] } => {
    const events: ProcessEvent[] = [];
    const host = createProcessHost({
      projectId: id,
      runDirectory: run,
      clock: createClock(),
      base: { PATH },
      direct,
      pipes: () => pipes,
      program: ({ service }) => ({ command: service.command, environment: { ...service.environment } }),
      ...options,
    });
    host.connect((event) => events.push(event));
    hosts.push(host);
    return { host, events };
  };
  const first = another();
  const find = <T extends ProcessEvent['type']>(
    spec: SpawnSpec,
    type: T,
    events = first.events,
  ): Promise<Extract<ProcessEvent, { type: T }>> =>
    until(`${type} of ${spec.instance}, have ${JSON.stringify(events)}`, () =>
      events.find(
        (event): event is Extract<ProcessEvent, { type: T }> =>
          event.type === type &&
          event.type !== 'sighted' &&
          event.instance === spec.instance &&
          event.incarnation === spec.incarnation,
      ),
    );
  const bearers = (): number[] => listPids().filter((pid) => environmentValue(pid, COOKIE)?.startsWith(`${id}:`));
  return {
    id,
    directory,
    ...first,
    another,
    spec: (service, more = {}) => {
      const name = service.name ?? 'app';
      const instance: InstanceId = `${name}/0`;
      return {
        instance,
        incarnation: 1,
        keepExit: false,
        ...more,
        service: programPlan(directory, { ...service, name }),
      };
    },
    async start(spec) {
      first.host.spawn(spec);
      return (await find(spec, 'spawned')).identity;
    },
    exited: (spec, events) => find(spec, 'exited', events),
    emptied: async (spec, events) => void (await find(spec, 'emptied', events)),
    failed: async (spec) => (await find(spec, 'spawn-failed')).failure,
    file: (name) => join(directory, name),
    read: (name) =>
      until(`content of ${name}`, () => {
        const text = readText(join(directory, name));
        return text?.endsWith('\n') === true ? text : null;
      }),
    bearers,
    async dispose() {
      for (const host of hosts) host.close();
      const groups = detectGroups(id);
      await until(`the end of ${bearers().join(' ')}`, () => {
        for (const name of groups?.list() ?? []) for (const pid of groups?.open(name).members() ?? []) kill(pid);
        for (const pid of bearers()) kill(pid);
        return bearers().length === 0;
      });
      for (const name of groups?.list() ?? []) await until(`removal of ${name}`, () => groups?.open(name).remove());
      groups?.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** A program that is started once, in a directory. */
export function programPlan(directory: string, given: Partial<ServicePlan>): ServicePlan {
  return servicePlan('app', { workingDirectory: directory, restart: 'no', ...given });
}

/** An executable script. */
export function script(path: string, text: string, mode = 0o755): string {
  writeFileSync(path, text, { mode });
  return path;
}
