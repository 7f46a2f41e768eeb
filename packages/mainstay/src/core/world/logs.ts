import type { InstanceId } from '@mainstay/protocol';

/** What programs say of themselves. */
export type LogEvent =
  /** A line matched the readiness pattern (asked for with `watchFor`). */
  | { type: 'log-matched'; instance: InstanceId; incarnation: number; line: string }
  /** Bytes on the inherited notification descriptor, or a datagram: `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`. */
  | { type: 'notified'; instance: InstanceId; incarnation: number; field: string; value: string }
  | { type: 'log-dropped'; instance: InstanceId; lines: number };
