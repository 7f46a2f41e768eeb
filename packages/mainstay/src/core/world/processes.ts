import type { Exit, Identity, InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../plan/index.ts';

/** Everything that is needed to start one incarnation. Templates are not expanded yet. */
export interface SpawnSpec {
  instance: InstanceId;
  incarnation: number;
  service: ServicePlan;
  /**
   * Keep a small waiting parent that writes the exit status down, so that it survives the daemon:
   * tasks, and services whose exit code decides something.
   */
  keepExit: boolean;
}

export interface PortHolder {
  port: number;
  pid: number | null;
  /** Program and arguments, shortened; null when it may not be read. */
  command: string | null;
}

export interface SpawnFailure {
  /** `missing-program`, `permission`, `missing-directory`, `unknown-user`, `unset-variable`, `port-taken`, `resources`, `other` */
  reason: string;
  /** "cannot start backend: …", one line. */
  message: string;
  hint: string | null;
  holder?: PortHolder;
}

export type ProcessEvent =
  | { type: 'spawned'; instance: InstanceId; incarnation: number; identity: Identity }
  | { type: 'spawn-failed'; instance: InstanceId; incarnation: number; failure: SpawnFailure }
  /** The leader has ended. `remaining` counts the living rest of its tree; 0 means that the tree is empty. */
  | { type: 'exited'; instance: InstanceId; incarnation: number; exit: Exit; remaining: number }
  /** The tree is empty, after an `exited` with `remaining` > 0. */
  | { type: 'emptied'; instance: InstanceId; incarnation: number }
  /** How a service is that something else runs: told when it is first seen, and when that changes without our doing. */
  | { type: 'sighted'; instance: InstanceId; seen: Sighting };

/** What is seen of a service that something else runs. */
export type Sighting =
  /** `startedAt`: UTC ms. */
  | { is: 'running'; identity: Identity; startedAt: number }
  /** It does not run, or does not exist. Of an incarnation that is known to live, `exited` follows. */
  | { is: 'down' }
  /** Nobody can tell: what runs it does not answer. */
  | { is: 'hidden'; why: string };

/** What the kernel can limit on this machine, for this user. */
export interface LimitSupport {
  /** false: mainstay watches the memory itself. */
  memory: boolean;
  cpus: boolean;
  pids: boolean;
  /** Why not all of them, in words; null when all can be. */
  why: string | null;
}

/** What the tree of an incarnation uses. */
export interface Usage {
  /** Bytes, at this moment; null: it cannot be told. */
  memory: number | null;
  /** CPU time so far, ms; null: it cannot be told. */
  cpu: number | null;
  /** Processes of it that the kernel has killed for want of memory, so far. */
  oomKills: number;
  /** The kernel holds a limit of its memory; false: somebody has to watch it. */
  held: boolean;
}

/** A living tree of this project, found by its identity files, its cgroup or its cookie. */
export interface ObservedTree {
  instance: InstanceId;
  incarnation: number;
  /** Of the leader; null when the leader is gone and only other members of the tree live. */
  leader: Identity | null;
  members: Identity[];
}

/**
 * The end of a leader that left an identity in this boot and lives no more: with the exit status that a waiting parent
 * wrote down, or unknown. Others of its tree may still live: then it is told among the trees, too.
 */
export interface RecordedExit {
  instance: InstanceId;
  incarnation: number;
  exit: Exit;
}
