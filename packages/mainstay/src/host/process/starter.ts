import { dirname } from 'node:path';
import { sameIdentity, type Exit, type InstanceId } from '@mainstay/protocol';
import type { Clock, ProcessEvent, SpawnFailure, SpawnSpec } from '../../ports/index.ts';
import type { Group, Groups, Refused } from '../cgroup/index.ts';
import type { Starter as DirectStarter } from '../native/index.ts';
import { bootId, isAlive, readStat } from '../proc/index.ts';
import { createChildren, type Child, type ChildEvents } from './children.ts';
import { cookieOf } from './cookie.ts';
import { spawnFailure } from './failure.ts';
import { incarnationName, type RunFiles } from './files.ts';
import { launcherArguments } from './launcher.ts';
import type { Prepared } from './prepare.ts';
import type { Reaper } from './reaper.ts';
import { newTree, signalTree, type Tree } from './tree.ts';

/** How often the identity of a program below a waiting parent is looked for: at first, and at last every, ms. */
const IDENTITY_POLL_MS = { first: 1, last: 50 };

export interface StarterOptions {
  projectId: string;
  runDirectory: string;
  clock: Clock;
  groups: Groups | null;
  files: RunFiles;
  reaper: Reaper;
  /** How to start without copying this process; null: Node's own way. */
  direct: DirectStarter | null;
  emit: (event: ProcessEvent) => void;
  /** A process runs now: its tree is to be known. */
  add: (tree: Tree) => void;
  /** Nothing of it ever ran. */
  drop: (tree: Tree) => void;
  /** Limits that the kernel did not take. */
  refused: (instance: InstanceId, incarnation: number, limits: readonly Refused[]) => void;
}

/** Runs launchers until their program is there, and hears of their end. */
export interface Starter {
  start(spec: SpawnSpec, prepared: Prepared): void;
  /** Tells that nothing was started, after the call that asked for it. */
  fail(spec: SpawnSpec, failure: SpawnFailure): void;
  /** Lets this process end although children of it live. */
  close(): void;
}

export function createStarter(options: StarterOptions): Starter {
  const { projectId, clock, groups, files, reaper, emit } = options;
  const children = createChildren(options.direct);
  let closed = false;

  const fail = (spec: SpawnSpec, failure: SpawnFailure): void => {
    const { instance, incarnation } = spec;
    queueMicrotask(() => emit({ type: 'spawn-failed', instance, incarnation, failure }));
  };

  const began = (tree: Tree): void => {
    if (tree.leader === null) return;
    tree.phase = 'running';
    emit({ type: 'spawned', instance: tree.instance, incarnation: tree.incarnation, identity: tree.leader });
    for (const { signal, scope } of tree.pendingSignals.splice(0)) signalTree(tree, signal, scope);
  };

  const makeGroup = (spec: SpawnSpec): Group | null => {
    try {
      const made = groups?.create(incarnationName(spec.instance, spec.incarnation), spec.service.resources) ?? null;
      if (made !== null) options.refused(spec.instance, spec.incarnation, made.refused);
      return made?.group ?? null;
    } catch {
      // The group was taken away from this daemon: the scan finds the tree all the same.
      return null;
    }
  };

  const launch = (spec: SpawnSpec, prepared: Prepared, group: Group | null, events: ChildEvents): Child => {
    const { instance, incarnation, keepExit } = spec;
    const argumentsFor = (join: readonly string[]): string[] =>
      launcherArguments({
        name: spec.service.name,
        identityFile: files.identityPath(instance, incarnation),
        bootId: bootId(),
        exitFile: keepExit ? files.exitPath(instance, incarnation) : null,
        umask: spec.service.umask,
        pipes: prepared.pipes,
        notify: prepared.notify,
        join,
        command: prepared.command,
      });
    const join = group?.join ?? [];
    const birth = group?.birth ?? null;
    const born = birth === null ? join : join.filter((path) => dirname(path) !== birth);
    const { shell: path, cwd: directory, environment } = prepared;
    const argv = [path, ...argumentsFor(born)];
    return children.start({ path, argv, environment, directory, group: birth }, argumentsFor(join), events);
  };

  const start = (spec: SpawnSpec, prepared: Prepared): void => {
    const { instance, incarnation, keepExit } = spec;
    const group = makeGroup(spec);
    const failed = (error: unknown): void => {
      group?.remove();
      fail(spec, launchFailure(spec, error));
    };
    const events: ChildEvents = { ended: () => undefined, failed };
    let child: Child;
    try {
      child = launch(spec, prepared, group, events);
    } catch (error) {
      failed(error);
      return;
    }
    const launcher = child.pid === null ? null : readStat(child.pid);
    if (launcher === null) return;
    const cookie = cookieOf(projectId, instance, incarnation);
    const tree = newTree({ instance, incarnation, keepExit, group, cookie });
    tree.launcher = { bootId: bootId(), pid: launcher.pid, startTime: launcher.startTime };
    if (keepExit) tree.waiter = tree.launcher;
    else tree.leader = tree.launcher;
    options.add(tree);
    events.ended = (code, signal) => {
      if (keepExit) waiterEnded(spec, tree, code, signal);
      else reaper.ended(tree, { code, signal, known: true });
    };
    if (keepExit) clock.after(IDENTITY_POLL_MS.first, () => awaitIdentity(tree, IDENTITY_POLL_MS.first));
    else queueMicrotask(() => began(tree));
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
    if (record?.waiter == null || tree.waiter === null || !sameIdentity(record.waiter, tree.waiter)) return false;
    tree.leader = record.leader;
    began(tree);
    return true;
  };

  const waiterEnded = (spec: SpawnSpec, tree: Tree, code: number | null, signal: string | null): void => {
    if (tree.phase === 'starting' && !takeIdentity(tree)) {
      tree.phase = 'over';
      options.drop(tree);
      tree.group?.remove();
      const why = `its launcher ended ${signal === null ? `with exit code ${code ?? 0}` : `by ${signal}`} too early`;
      fail(spec, spawnFailure(spec, 'other', why, `see its log, and whether there is room in ${options.runDirectory}`));
      return;
    }
    const recorded = files.exit(tree.instance, tree.incarnation);
    // Somebody ended only the waiting parent: how the program will end cannot be known any more.
    if (recorded === null && tree.leader !== null && isAlive(tree.leader)) reaper.follow(tree);
    else reaper.ended(tree, recorded ?? unrecorded(code, signal));
  };

  return {
    start,
    fail,
    close() {
      closed = true;
      children.close();
    },
  };
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
