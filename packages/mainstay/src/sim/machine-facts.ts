import type { MachineFacts } from '@mainstay/protocol';

/** What a crash bundle says of the virtual machine. */
export const QUIET_MACHINE: MachineFacts = {
  memory_total: null,
  memory_available: null,
  load: null,
  pressure: { cpu: null, memory: null, io: null },
  daemon: { pid: 1, uptime_ms: 0, memory: 0, cpu_ms: 0 },
};
