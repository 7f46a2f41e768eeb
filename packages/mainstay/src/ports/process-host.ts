import type { InstanceId } from '@mainstay/protocol';
import type { ResourcesPlan, ServicePlan } from '../core/plan/index.ts';
import type { LimitSupport, ObservedTree, ProcessEvent, RecordedExit, SpawnSpec, Usage } from '../core/world/index.ts';

export type {
  LimitSupport,
  ObservedTree,
  PortHolder,
  ProcessEvent,
  RecordedExit,
  Sighting,
  SpawnFailure,
  SpawnSpec,
  Usage,
} from '../core/world/index.ts';

/**
 * Starts, signals and observes the processes that mainstay runs itself. Every answer is an event given to the sink; no method
 * throws for what the operating system refuses, and none waits for a disk.
 */
export interface OwnProcessHost {
  /** Where events go. Called once, before anything else. */
  connect(sink: (event: ProcessEvent) => void): void;
  /** Answers with exactly one `spawned` or `spawn-failed`. */
  spawn(spec: SpawnSpec): void;
  /** Takes over a living tree of an earlier daemon; later `exited` and `emptied` come as for one's own. */
  adopt(tree: ObservedTree, keepExit: boolean): void;
  /** Sends a signal, after verifying identities. `SIGCONT` follows every signal but SIGSTOP and SIGKILL. */
  signal(instance: InstanceId, incarnation: number, signal: string, scope: 'leader' | 'tree'): void;
  /** Kills the whole tree, escapees included; `exited`/`emptied` follow when it is gone, nothing when it cannot be killed. */
  kill(instance: InstanceId, incarnation: number): void;
  /** What of this project lives, and what ended unseen. Reads `/proc`; used at start and after a gap. */
  observe(): { trees: ObservedTree[]; exits: RecordedExit[] };
  /** What the kernel can limit here. */
  readonly limits: LimitSupport;
  /** Limits for a living incarnation anew. What the kernel does not take is told by `problems`. */
  limit(instance: InstanceId, incarnation: number, resources: ResourcesPlan): void;
  /**
   * What a living incarnation uses; null when it is not known. Cheap: a file or two.
   * @param above a tree without a limit of the kernel's is measured exactly only if it seems to use more bytes than this
   */
  usage(instance: InstanceId, incarnation: number, above: number | null): Usage | null;
  /** What could not be done as asked, in words, one line each; empty when all is well. */
  problems(): string[];
  /** Forgets what is kept of an incarnation that is over (identity file, exit record, empty cgroup). */
  forget(instance: InstanceId, incarnation: number): void;
}

/** The same, and what something else runs. */
export interface ProcessHost extends OwnProcessHost {
  /**
   * Something else runs this instance (Docker, systemd): it is looked after from now on, and told of by `sighted`, first as soon as
   * it was looked at. Starting, signalling and killing it are orders to what runs it; its identity is that of one life of it.
   */
  watch(instance: InstanceId, service: ServicePlan): void;
  /** It no longer is. */
  unwatch(instance: InstanceId): void;
}
