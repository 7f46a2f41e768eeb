import { readFileSync } from 'node:fs';

/** A file of /proc, which is memory: it is read on the loop. null when the kernel has no such file or does not show it. */
export function readKernel(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** A share of the last time in which something had to wait. */
const PRESSURE = /^(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+)/gm;

/** Shares of the time in which some (or all, "full") of what could run waited, in percent; null for kernels without it. */
export interface Pressure {
  some: number;
  full: number;
}

/** Pressure stall information (Documentation/accounting/psi.rst) as averages over 10, 60 or 300 seconds. */
export function readPressure(what: 'cpu' | 'memory', seconds: 10 | 60 | 300): Pressure | null {
  const text = readKernel(`/proc/pressure/${what}`);
  if (text === null) return null;
  const column = { 10: 2, 60: 3, 300: 4 }[seconds];
  const shares = new Map([...text.matchAll(PRESSURE)].map((match) => [match[1], Number(match[column])]));
  const some = shares.get('some');
  return some === undefined ? null : { some, full: shares.get('full') ?? 0 };
}

/** How many processors work now; null when the kernel does not tell. */
export function processors(): number | null {
  const found = readKernel('/proc/stat')?.match(/^cpu\d+ /gm);
  return found === null || found === undefined ? null : found.length;
}
