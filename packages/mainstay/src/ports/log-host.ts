import type { InstanceId } from '@mainstay/protocol';
import type { LoggingPlan } from '../core/plan/index.ts';
import type { LogEvent } from '../core/world/index.ts';

export type Stream = 'out' | 'err';

export type { LogEvent } from '../core/world/index.ts';

/** Paths that an instance's launcher opens; they exist before the spawn. */
export interface InstancePipes {
  out: string;
  err: string;
  notify: string;
  /** What `NOTIFY_SOCKET` must say (a path, or `@` and an abstract name); null when the program gets none. */
  notifySocket: string | null;
}

/** What `open` needs to know beyond the logging plan. */
export interface OpenOptions {
  /** The user the service runs as, who must be able to open `/dev/stdout` again; null: the daemon's own. */
  owner: { uid: number; gid: number } | null;
  /** Set when the program notifies (`ready: notify`, a `watchdog`): it then gets a notification socket, too. */
  notify: { ready: boolean; watchdogMs: number | null } | null;
  /** Its lines come from elsewhere, by `feed`: no pipes are made. */
  followed?: boolean;
}

/** A line from elsewhere, without its newline. */
export interface FollowedLine {
  text: Buffer;
  stream: Stream;
  /** When it was written, UTC ms. */
  time: number;
  /** What its source calls the place behind it: from there on it goes on. */
  cursor: string;
  /** The line is longer than its source keeps lines, and goes on in the next. */
  partial: boolean;
}

/** Keeps lines from elsewhere: none is lost or doubled when the daemon dies, as long as their source still has them. */
export interface FollowedLogs {
  /** How far they have come; null: none ever came. */
  position(instance: InstanceId): Promise<string | null>;
  /** Begins at a place, where none ever came. */
  beginAt(instance: InstanceId, cursor: string): Promise<void>;
  /** Resolves when there is room for more. */
  feed(instance: InstanceId, lines: readonly FollowedLine[]): Promise<void>;
}

/**
 * Captures what instances write. Never makes the loop wait for a disk, loses no line when the
 * daemon is killed, and hands on readiness matches and notifications.
 */
export interface LogHost {
  connect(sink: (event: LogEvent) => void): void;
  /**
   * Makes (or opens again, after another daemon's death) the FIFOs of an instance. Synchronous and idempotent. Called again
   * before each start: what a program writes from then on survives its own end and the daemon's.
   */
  open(instance: InstanceId, service: string, logging: LoggingPlan, options?: OpenOptions): InstancePipes;
  /** Tells which incarnation writes from now on (for the marks and for matches). */
  begin(instance: InstanceId, incarnation: number): void;
  /** Looks for a line; at most one pattern per instance; null stops. */
  watchFor(instance: InstanceId, pattern: string | null): void;
  /** The incarnation is over: takes what is still in the pipes and ends an unterminated last line. */
  drain(instance: InstanceId): void;
  /** The newest lines, from memory; at most 50. */
  tail(instance: InstanceId, lines: number): string[];
  /** New settings of a living instance. */
  configure(instance: InstanceId, logging: LoggingPlan): void;
  /** The instance is no longer in the plan: stops reading, removes the FIFOs. */
  close(instance: InstanceId): void;
  /** Waits until everything taken so far is written, at most `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Stops reading and ends the process that keeps the pipes open: for an end on which nothing runs any more. After `flush`. */
  dispose(): void;
  /** What does not work at the moment, in words, one line each ("cannot write …: no space left on device"); empty when all is well. */
  problems(): string[];
  /** Lines read are safe from a SIGKILL of the daemon; false where memory cannot be shared (koffi does not load). */
  readonly durableCapture: boolean;
}
