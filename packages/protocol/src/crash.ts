import type { Exit } from './ids.ts';

/** In which way an incarnation failed. */
export type CrashClass =
  /** It ended with an exit code. */
  | 'exit'
  /** A signal ended it that mainstay did not send. */
  | 'signal'
  | 'out-of-memory'
  /** mainstay ended it: it hung, or was not ready in time. */
  | 'ended'
  /** It could not be started. */
  | 'not-started'
  /** Nobody saw how it ended. */
  | 'unknown';

/**
 * What is kept of each end that nobody asked for: a file of its own, `crashes/SERVICE/TIME.json` in the state directory.
 * Times are ISO 8601, UTC. It holds no values of variables, and of commands only the program's name.
 */
export interface CrashBundle {
  version: 1;
  service: string;
  instance: number;
  incarnation: number;
  at: string;
  class: CrashClass;
  reason: string;
  exit: Exit | null;
  started_at: string | null;
  uptime_ms: number | null;
  /** Restarts that nobody asked for, since it was started on purpose. */
  restarts: number;
  program: string;
  /** What it wrote last, oldest first; long lines are cut. */
  last_lines: string[];
  /** Of the last minute, oldest first: memory in bytes, CPU time since its start in ms. */
  usage: { at: string; memory: number | null; cpu_ms: number | null }[];
  memory_limit: number | null;
  /** Names of variables. */
  environment: string[];
  /** `db: met`, or why not. */
  dependencies: string[];
  /** Reason of the maintenance that was going on, or null. */
  maintenance: string | null;
  /** What happened to it before, oldest first. */
  events: { at: string; type: string; message: string }[];
  /** What its processes were doing when a check had it ended; missing where no check did. */
  evidence?: HangEvidence | undefined;
  /** Failures of others in the minute before. */
  other_failures: { at: string; service: string; reason: string }[];
  machine: MachineFacts;
}

/** Processes just before a check had them ended. */
export interface HangEvidence {
  /** What another layer said of them. */
  found: string;
  processes: {
    pid: number;
    /** The main process that it belongs to. */
    leader: number;
    /** Its short name. */
    name: string;
    /** One letter, as `/proc/PID/stat` has it. */
    state: string;
    /** The kernel's function it waits in; null: none, or it may not be read. */
    waits_in: string | null;
    /** The kernel's stack, innermost first; empty: it may not be read. */
    stack: string[];
    threads: number | null;
    /** Bytes. */
    memory: number | null;
    /** TCP sockets: `LISTEN 0.0.0.0:80`, `ESTABLISHED 127.0.0.1:80 127.0.0.1:4711`. */
    sockets: string[];
  }[];
}

/** The newest of the bundles that are kept, and where all are. */
export interface KeptCrash {
  file: string;
  directory: string;
  /** Files in the directory. */
  count: number;
  bundle: CrashBundle;
}

/** The machine and the daemon at one moment; null: it cannot be told. */
export interface MachineFacts {
  memory_total: number | null;
  memory_available: number | null;
  /** Over 1, 5 and 15 minutes. */
  load: number[] | null;
  /** Share of the last 10 s, in %, in which somebody waited for it (the kernel's "some"). */
  pressure: { cpu: number | null; memory: number | null; io: number | null };
  daemon: { pid: number; uptime_ms: number; memory: number; cpu_ms: number };
}
