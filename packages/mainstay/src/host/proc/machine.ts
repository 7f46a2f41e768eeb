import type { MachineFacts } from '@mainstay/protocol';
import { readProc } from './read.ts';

/** The machine and this process at this moment. Reads /proc only, which is memory. */
export function machineFacts(): MachineFacts {
  const memory = text('/proc/meminfo');
  const load = text('/proc/loadavg').split(' ', 3).map(Number);
  const { user, system } = process.cpuUsage();
  return {
    memory_total: kilobytes(memory, 'MemTotal'),
    memory_available: kilobytes(memory, 'MemAvailable'),
    load: load.length === 3 && load.every(Number.isFinite) ? load : null,
    pressure: { cpu: pressure('cpu'), memory: pressure('memory'), io: pressure('io') },
    daemon: {
      pid: process.pid,
      uptime_ms: Math.round(process.uptime() * 1000),
      memory: process.memoryUsage.rss(),
      cpu_ms: Math.round((user + system) / 1000),
    },
  };
}

function text(path: string): string {
  return readProc(path)?.toString('latin1') ?? '';
}

function kilobytes(meminfo: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo);
  return match === null ? null : Number(match[1]) * 1024;
}

/** Pressure stall information (Documentation/accounting/psi.rst); not every kernel has it. */
function pressure(what: string): number | null {
  const match = /^some avg10=([\d.]+)/.exec(text(`/proc/pressure/${what}`));
  return match === null ? null : Number(match[1]);
}
