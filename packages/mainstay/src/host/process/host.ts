import { sameIdentity, type InstanceId } from '@mainstay/protocol';
import type { Clock, LimitSupport, ObservedTree, OwnProcessHost, ProcessEvent } from '../../ports/index.ts';
import { detectGroups, type Groups, type Refused } from '../cgroup/index.ts';
import type { Starter as DirectStarter } from '../native/index.ts';
import { isAlive } from '../proc/index.ts';
import { cookieOf } from './cookie.ts';
import { createRunFiles, incarnationName } from './files.ts';
import { usageOf } from './memory.ts';
import { observe } from './observe.ts';
import { prepare, type PrepareOptions } from './prepare.ts';
import { createReaper } from './reaper.ts';
import { createStarter } from './starter.ts';
import { newTree, signalTree, type Tree } from './tree.ts';

/** Measurements that close together, ms, are of one moment. */
const ONE_GO_MS = 50;

export interface ProcessHostOptions extends PrepareOptions {
  /** Directory (0700) of the identity files and exit records; tmpfs if possible, so that a frozen disk stops no start. */
  runDirectory: string;
  clock: Clock;
  /** false: use no control groups even if they can be used. */
  cgroup?: boolean;
  /** How to start without copying this process; null: Node's own way. */
  direct: DirectStarter | null;
}

/** The real process host. */
export interface RealProcessHost extends OwnProcessHost {
  /** By what trees are held together, for people. */
  readonly containment: 'cgroup v2' | 'cgroup v1' | 'scan';
  /** Stops looking after processes, which live on; a later host adopts them. */
  close(): void;
}

/** Looks after the processes of one project on this machine. */
export function createProcessHost(options: ProcessHostOptions): RealProcessHost {
  const { projectId, clock } = options;
  const groups: Groups | null = options.cgroup === false ? null : detectGroups(projectId, undefined, options.direct);
  const files = createRunFiles(options.runDirectory);
  const trees = new Map<string, Tree>();
  let closed = false;
  let sink: ((event: ProcessEvent) => void) | null = null;
  const emit = (event: ProcessEvent): void => {
    if (!closed) sink?.(event);
  };
  const reaper = createReaper(clock, files, emit);
  /** What the kernel did not take of the newest limits of an incarnation. */
  const problems = new Map<string, string[]>();

  const refused = (instance: InstanceId, incarnation: number, limits: readonly Refused[]): void => {
    const lines = limits.map(({ limit, why }) => `cannot limit ${limit} of ${instance}: ${why}`);
    if (lines.length === 0) problems.delete(keyOf(instance, incarnation));
    else problems.set(keyOf(instance, incarnation), [...new Set(lines)]);
  };

  const starter = createStarter({
    projectId,
    runDirectory: options.runDirectory,
    clock,
    groups,
    files,
    reaper,
    direct: options.direct,
    emit,
    add: (tree) => trees.set(keyOf(tree.instance, tree.incarnation), tree),
    drop: (tree) => trees.delete(keyOf(tree.instance, tree.incarnation)),
    refused,
  });

  const find = (instance: InstanceId, incarnation: number): Tree | null => {
    const known = trees.get(keyOf(instance, incarnation));
    if (known !== undefined) return known;
    const found = observe(projectId, groups, files).trees.find(
      (tree) => tree.instance === instance && tree.incarnation === incarnation,
    );
    return found === undefined ? null : adopt(found, false);
  };

  const adopt = (observed: ObservedTree, keepExit: boolean): Tree => {
    const { instance, incarnation, leader, members } = observed;
    const known = trees.get(keyOf(instance, incarnation));
    if (known !== undefined) return known;
    const [someone] = members;
    const found = groups === null || someone === undefined ? null : groups.of((leader ?? someone).pid);
    const group = found?.name === incarnationName(instance, incarnation) ? found : null;
    const written = files.identity(instance, incarnation);
    // A file of an earlier life with the same number says nothing of this one.
    const record = written !== null && leader !== null && !sameIdentity(written.leader, leader) ? null : written;
    const waiter = record?.waiter ?? null;
    const cookie = cookieOf(projectId, instance, incarnation);
    const tree = newTree({ instance, incarnation, keepExit: keepExit || waiter !== null, group, cookie });
    tree.leader = leader;
    tree.waiter = waiter !== null && isAlive(waiter) ? waiter : null;
    tree.launcher = waiter ?? record?.leader ?? leader;
    tree.known = members;
    tree.phase = 'running';
    trees.set(keyOf(instance, incarnation), tree);
    reaper.follow(tree);
    return tree;
  };

  let cpu: { at: number; all: number | null } | null = null;
  /** Read once for everybody who is measured in one go. */
  const cpuOfAll = (tree: Tree): number | null => {
    if (groups === null || tree.group === null || !groups.counts(tree.group)) return null;
    const at = clock.now().mono;
    if (cpu === null || at - cpu.at > ONE_GO_MS) cpu = { at, all: groups.cpu() };
    return cpu.all;
  };

  const forget = (instance: InstanceId, incarnation: number): void => {
    const key = keyOf(instance, incarnation);
    problems.delete(key);
    const group = trees.get(key)?.group ?? groups?.open(incarnationName(instance, incarnation));
    trees.delete(key);
    group?.remove();
    files.remove(instance, incarnation);
  };

  return {
    containment: groups === null ? 'scan' : groups.version === 2 ? 'cgroup v2' : 'cgroup v1',
    connect(to) {
      sink = to;
    },
    spawn(spec) {
      const prepared = prepare(spec, options);
      if ('reason' in prepared) starter.fail(spec, prepared);
      else starter.start(spec, prepared);
    },
    adopt: (tree, keepExit) => void adopt(tree, keepExit),
    signal(instance, incarnation, signal, scope) {
      const tree = find(instance, incarnation);
      if (tree !== null) signalTree(tree, signal, scope);
    },
    kill(instance, incarnation) {
      const tree = find(instance, incarnation);
      if (tree !== null) reaper.kill(tree);
    },
    observe() {
      const { trees: seen, exits, dead } = observe(projectId, groups, files);
      for (const { instance, incarnation } of dead) {
        if (!trees.has(keyOf(instance, incarnation))) forget(instance, incarnation);
      }
      return { trees: seen, exits };
    },
    limits: supportOf(groups),
    limit(instance, incarnation, resources) {
      const tree = trees.get(keyOf(instance, incarnation));
      if (tree === undefined || tree.group === null) return;
      refused(instance, incarnation, tree.group.limit(resources));
      tree.memoryHeld = tree.group.memoryLimit() !== null;
    },
    usage(instance, incarnation, above) {
      const tree = trees.get(keyOf(instance, incarnation));
      if (tree === undefined || tree.phase !== 'running') return null;
      const usage = usageOf(tree, above, cpuOfAll(tree));
      tree.oomKills = usage.oomKills;
      return usage;
    },
    problems: () => [...problems.values()].flat(),
    forget,
    close() {
      closed = true;
      reaper.close();
      starter.close();
      groups?.close();
    },
  };
}

function supportOf(groups: Groups | null): LimitSupport {
  if (groups === null)
    return { memory: false, cpus: false, pids: false, why: 'no control group can be made by this user' };
  const { memory, cpu, pids, why } = groups.controllers;
  return { memory: memory !== null, cpus: cpu !== null, pids: pids !== null, why };
}

function keyOf(instance: InstanceId, incarnation: number): string {
  return `${instance}:${incarnation}`;
}
