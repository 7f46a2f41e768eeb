import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, percentOf, readKernel, readPressure, shownSize } from '../../kit/index.ts';
import type { MemoryTarget } from './target.ts';

const SECONDS = { '10s': 10, '1m': 60, '5m': 300 } as const;

export function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { over } = target as unknown as MemoryTarget;
  return Promise.resolve(observe(readKernel('/proc/meminfo') ?? '', over, new Report(context)));
}

/** @param meminfo the content of `/proc/meminfo` (proc(5)) */
export function observe(meminfo: string, over: MemoryTarget['over'], report: Report): Observation {
  const bytes = (name: string): number | null => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo);
    return match === null ? null : Number(match[1]) * 1024;
  };
  const [total, available] = [bytes('MemTotal'), bytes('MemAvailable')];
  if (total === null || available === null)
    return report.observe('unknown', 'this machine does not tell of its memory');
  const [swap, freeSwap] = [bytes('SwapTotal') ?? 0, bytes('SwapFree') ?? 0];
  const pressure = readPressure('memory', SECONDS[over]);
  const data = {
    used: percentOf(total - available, total),
    available,
    ...(swap === 0 ? {} : { swap: percentOf(swap - freeSwap, swap) }),
    ...(pressure === null ? {} : { pressure: pressure.some, stalled: pressure.full }),
  };
  const parts = [
    `${data.used}% of ${shownSize(total)} used, ${shownSize(available)} available`,
    ...(data.swap === undefined ? [] : [`${data.swap}% of swap used`]),
    ...(pressure === null ? [] : [`programs waited for memory in ${pressure.some}% of the last ${over}`]),
  ];
  return report.observe('pass', parts.join(', '), data);
}
