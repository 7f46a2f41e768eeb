import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, percentOf, readKernel, readPressure, shownTime, sinceEarlier } from '../../kit/index.ts';
import type { CpuTarget } from './target.ts';

/** Time of all processors since the machine was started, in ticks. */
export interface Times {
  all: number;
  busy: number;
  iowait: number;
  stolen: number;
}

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { over } = target as unknown as CpuTarget;
  const report = new Report(context);
  try {
    const readings = await sinceEarlier(context, over, () => parseTimes(readKernel('/proc/stat') ?? ''));
    if (readings === null) return report.observe('unknown', 'this machine does not tell what its processors do');
    const { before, now } = readings;
    return observe(before.value, now.value, now.at - before.at, report);
  } catch {
    return report.aborted('the second look at the processors');
  }
}

/** The first line of `/proc/stat` (proc(5)); null when it is another one. What guests used is in `user` already. */
export function parseTimes(stat: string): Times | null {
  const fields = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  if (fields === undefined || fields.length < 4) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, stolen = 0] = fields;
  const busy = user + nice + system + irq + softirq + stolen;
  return { all: busy + idle + iowait, busy, iowait, stolen };
}

/** What happened between two looks. */
export function observe(before: Times, now: Times, ms: number, report: Report): Observation {
  const all = now.all - before.all;
  // The kernel says that the time spent waiting may go back.
  const share = (name: keyof Times): number => percentOf(Math.max(0, now[name] - before[name]), all);
  if (all <= 0) return report.observe('unknown', 'too little time has passed to tell what the processors did');
  const pressure = readPressure('cpu', 60);
  const data = {
    used: share('busy'),
    iowait: share('iowait'),
    stolen: share('stolen'),
    ...(pressure === null ? {} : { pressure: pressure.some }),
  };
  const waiting = data.iowait > 0 ? `, ${data.iowait}% waiting for a disk` : '';
  const stolen = data.stolen > 0 ? `, ${data.stolen}% taken by others` : '';
  return report.observe('pass', `busy for ${data.used}% of ${shownTime(ms / 1000)}${waiting}${stolen}`, data);
}
