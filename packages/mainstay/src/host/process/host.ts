import { spawn, type ChildProcess } from 'node:child_process';
import type { Exit, InstanceId } from '@mainstay/protocol';
import type { Clock, ObservedTree, ProcessEvent, ProcessHost, SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import { detectGroups, type Group, type Groups } from '../cgroup/index.ts';
import { bootId, isAlive, readStat } from '../proc/index.ts';
import { cookieOf } from './cookie.ts';
import { spawnFailure } from './failure.ts';
import { createRunFiles, incarnationName } from './files.ts';
import { launcherArguments } from './launcher.ts';
import { observe } from './observe.ts';
import { prepare, type Prepared, type PrepareOptions } from './prepare.ts';
import { createReaper } from './reaper.ts';
import { sendSignal } from './signals.ts';
import { membersOf, newTree, type Tree } from './tree.ts';

export interface ProcessHostOptions extends PrepareOptions {
  /** Directory (0700) of the identity files and exit records; tmpfs if possible, so that a frozen disk stops no start. */
  runDirectory: string;
  clock: Clock;
  /** false: use no control groups even if they can be used. */
  cgroup?: boolean;
}

/** The real process host. */
export interface RealProcessHost extends ProcessHost {
  /** By what trees are held together, for people. */
  readonly containment: 'cgroup v2' | 'cgroup v1' | 'scan';
  /** Stops looking after processes, which live on; a later host adopts them. */
  close(): void;
}

/** How often the identity of a program below a waiting parent is looked for: at first, and at last every, ms. */
const IDENTITY_POLL_MS = { first: 1, last: 50 };

/** Looks after the processes of one project on this machine. */
export function createProcessHost(options: ProcessHostOptions): RealProcessHost {
  const { projectId, clock } = options;
  const groups: Groups | null = options.cgroup === false ? null : detectGroups(projectId);
  const files = createRunFiles(options.runDirectory);
  const trees = new Map<string, Tree>();
  const children = new Set<ChildProcess>();
  let closed = false;
  let sink: ((event: ProcessEvent) => void) | null = null;
  const emit = (event: ProcessEvent): void => {
    if (!closed) sink?.(event);
  };
  const reaper = createReaper(clock, files, emit);

  const fail = (spec: SpawnSpec, failure: SpawnFailure): void => {
    const { instance, incarnation } = spec;
    queueMicrotask(() => emit({ type: 'spawn-failed', instance, incarnation, failure }));
  };

  const began = (tree: Tree): void => {
    if (tree.leader === null) return;
    tree.phase = 'running';
    emit({ type: 'spawned', instance: tree.instance, incarnation: tree.incarnation, identity: tree.leader });
    for (const { signal, scope } of tree.pendingSignals.splice(0)) send(tree, signal, scope);
  };

  const start = (spec: SpawnSpec, prepared: Prepared): void => {
    const { instance, incarnation, keepExit } = spec;
    const key = keyOf(instance, incarnation);
    const group = makeGroup(spec);
    const tree = newTree({
      instance,
      incarnation,
      keepExit,
      group,
      cookie: cookieOf(projectId, instance, incarnation),
    });
    let child: ChildProcess;
    try {
      const argv = launcherArguments({
        name: spec.service.name,
        identityFile: files.identityPath(instance, incarnation),
        bootId: bootId(),
        exitFile: keepExit ? files.exitPath(instance, incarnation) : null,
        umask: spec.service.umask,
        pipes: prepared.pipes,
        notify: prepared.notify,
        join: group?.join ?? [],
        command: prepared.command,
      });
      // Its own session: no terminal, and a group that is not the daemon's.
      child = spawn(prepared.shell, argv, {
        cwd: prepared.cwd,
        env: prepared.environment,
        detached: true,
        stdio: 'ignore',
      });
    } catch (error) {
      group?.remove();
      fail(spec, launchFailure(spec, error));
      return;
    }
    const launcher = child.pid === undefined ? null : readStat(child.pid);
    if (launcher === null) {
      child.once('error', (error) => {
        group?.remove();
        fail(spec, launchFailure(spec, error));
      });
      return;
    }
    tree.launcher = { bootId: bootId(), pid: launcher.pid, startTime: launcher.startTime };
    if (keepExit) tree.waiter = tree.launcher;
    else tree.leader = tree.launcher;
    trees.set(key, tree);
    children.add(child);
    child.once('exit', (code, signal) => {
      children.delete(child);
      if (closed) return;
      if (keepExit) waiterEnded(spec, tree, code, signal);
      else reaper.ended(tree, { code, signal, known: true });
    });
    if (keepExit) clock.after(IDENTITY_POLL_MS.first, () => awaitIdentity(tree, IDENTITY_POLL_MS.first));
    else queueMicrotask(() => began(tree));
  };

  const makeGroup = (spec: SpawnSpec): Group | null => {
    try {
      return groups?.create(incarnationName(spec.instance, spec.incarnation)) ?? null;
    } catch {
      // The group was taken away from this daemon: the scan finds the tree all the same.
      return null;
    }
  };

  /** Below a waiting parent the program has a pid of its own, which its launcher writes down. */
  const awaitIdentity = (tree: Tree, delayMs: number): void => {
    if (closed || tree.phase !== 'starting' || takeIdentity(tree)) return;
    const next = Math.min(delayMs * 2, IDENTITY_POLL_MS.last);
    clock.after(next, () => awaitIdentity(tree, next));
  };

  const takeIdentity = (tree: Tree): boolean => {
    const record = files.identity(tree.instance, tree.incarnation);
    // A file of an earlier life with the same number names another parent.
    if (record === null || record.waiter?.pid !== tree.waiter?.pid) return false;
    if (record.waiter?.startTime !== tree.waiter?.startTime) return false;
    tree.leader = record.leader;
    began(tree);
    return true;
  };

  const waiterEnded = (spec: SpawnSpec, tree: Tree, code: number | null, signal: string | null): void => {
    if (tree.phase === 'starting' && !takeIdentity(tree)) {
      tree.phase = 'over';
      trees.delete(keyOf(tree.instance, tree.incarnation));
      tree.group?.remove();
      const how = signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`;
      fail(
        spec,
        spawnFailure(
          spec,
          'other',
          `its launcher ended ${how} before the program began`,
          `is there room in ${options.runDirectory}?`,
        ),
      );
      return;
    }
    const recorded = files.exit(tree.instance, tree.incarnation);
    // Somebody ended only the waiting parent: how the program will end cannot be known any more.
    if (recorded === null && tree.leader !== null && isAlive(tree.leader)) reaper.follow(tree);
    else reaper.ended(tree, recorded ?? unrecorded(code, signal));
  };

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
    const tree = newTree({
      instance,
      incarnation,
      keepExit,
      group,
      cookie: cookieOf(projectId, instance, incarnation),
    });
    const waiter = files.identity(instance, incarnation)?.waiter ?? null;
    tree.leader = leader;
    tree.waiter = waiter !== null && isAlive(waiter) ? waiter : null;
    tree.launcher = waiter ?? leader;
    tree.known = members;
    tree.phase = 'running';
    trees.set(keyOf(instance, incarnation), tree);
    reaper.follow(tree);
    return tree;
  };

  const forget = (instance: InstanceId, incarnation: number): void => {
    const key = keyOf(instance, incarnation);
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
      if ('reason' in prepared) fail(spec, prepared);
      else start(spec, prepared);
    },
    adopt: (tree, keepExit) => void adopt(tree, keepExit),
    signal(instance, incarnation, signal, scope) {
      const tree = find(instance, incarnation);
      if (tree !== null) send(tree, signal, scope);
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
    forget,
    close() {
      closed = true;
      reaper.close();
      for (const child of children) child.unref();
    },
  };
}

/** A program that is still on its way gets its signals when it is there. */
function send(tree: Tree, signal: string, scope: 'leader' | 'tree'): void {
  if (tree.phase === 'over') return;
  if (tree.phase === 'starting') tree.pendingSignals.push({ signal, scope });
  else if (scope === 'tree') for (const member of membersOf(tree)) sendSignal(member, signal);
  else if (tree.leader !== null) sendSignal(tree.leader, signal);
}

function keyOf(instance: InstanceId, incarnation: number): string {
  return `${instance}:${incarnation}`;
}

/** The end of a waiting parent that left no record: it was killed, or its disk was full. */
function unrecorded(code: number | null, signal: string | null): Exit {
  return code === null ? { code: null, signal, known: signal === 'SIGKILL' } : { code, signal: null, known: true };
}

/** The system could not even start a shell. */
function launchFailure(spec: SpawnSpec, error: unknown): SpawnFailure {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EAGAIN':
      return spawnFailure(spec, 'resources', 'the limit of processes is reached', 'raise it (ulimit -u, pids.max)');
    case 'ENOMEM':
      return spawnFailure(spec, 'resources', 'there is not enough memory');
    case 'EMFILE':
    case 'ENFILE':
      return spawnFailure(spec, 'resources', 'the limit of open files is reached', 'raise it (ulimit -n)');
    case 'E2BIG':
      return spawnFailure(spec, 'resources', 'its command and environment are too long for the system');
    default:
      // Not the message: it may quote a variable.
      return spawnFailure(spec, 'other', `the shell could not be started (${code ?? 'unknown error'})`);
  }
}
