import { readdirSync } from 'node:fs';
import { type LiveProcess, inParts, percentOf, readKernel } from '../../kit/index.ts';

/** What a group of processes uses. */
export interface Usage {
  /** Bytes. */
  memory: number;
  processes: number;
  /** Of the process with the largest share of its limit; null when they may not be seen. */
  descriptors: { open: number; percent: number } | null;
  /** When the oldest was started, in ticks since the machine was. */
  started: number;
}

/** Rejects with the reason of the signal. */
export async function measure(family: readonly LiveProcess[], signal: AbortSignal): Promise<Usage> {
  let anonymous = 0;
  let shared = 0;
  let descriptors: Usage['descriptors'] = null;
  await inParts(family, signal, ({ pid }) => {
    // Counters of the kernel; to have it add up who shares what (Pss) would wait for the process's memory map, which may hang.
    const status = readKernel(`/proc/${pid}/status`) ?? '';
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
    anonymous += bytes('RssAnon');
    shared = Math.max(shared, bytes('RssFile') + bytes('RssShmem'));
    const open = descriptorsOf(pid);
    if (open !== null && open.percent >= (descriptors?.percent ?? 0)) descriptors = open;
  });
  const started = Math.min(...family.map((one) => one.started));
  return { memory: anonymous + shared, processes: family.length, descriptors, started };
}

function descriptorsOf(pid: number): Usage['descriptors'] {
  const limit = /^Max open files +(\d+|unlimited) /m.exec(readKernel(`/proc/${pid}/limits`) ?? '')?.[1];
  const open = countDescriptors(`/proc/${pid}/fd`);
  if (limit === undefined || open === null) return null;
  return { open, percent: limit === 'unlimited' ? 0 : percentOf(open, Number(limit)) };
}

function countDescriptors(directory: string): number | null {
  try {
    return readdirSync(directory).length;
  } catch {
    return null;
  }
}

/** Time of processors that processes have used since the first call, ms; what ended between two calls is not seen to its end. */
export class Meter {
  #seen = new Map<string, number>();
  #total = 0;

  add(family: readonly LiveProcess[]): number {
    const isFirst = this.#seen.size === 0 && this.#total === 0;
    const seen = new Map(family.map(({ pid, started, ticks }) => [`${pid}:${started}`, ticks] as const));
    for (const [key, ticks] of seen) this.#total += isFirst ? 0 : ticks - (this.#seen.get(key) ?? 0);
    this.#seen = seen;
    return this.#total * TICK_MS;
  }
}

/** USER_HZ: what the kernel shows times in. */
const TICK_MS = 10;

/** Seconds since a moment given in ticks since the machine was started; null when the kernel does not tell. */
export function ageOf(started: number): number | null {
  const uptime = Number(readKernel('/proc/uptime')?.split(' ')[0] ?? Number.NaN);
  return Number.isFinite(uptime) ? Math.max(0, Math.round(uptime - (started * TICK_MS) / 1000)) : null;
}

/** Bytes of the machine; null when the kernel does not tell. */
export function memoryOfMachine(): number | null {
  const kilobytes = /^MemTotal:\s+(\d+) kB$/m.exec(readKernel('/proc/meminfo') ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
