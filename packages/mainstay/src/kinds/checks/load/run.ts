import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, processors, readKernel } from '../../kit/index.ts';
import type { LoadTarget } from './target.ts';

const FIELD = { '1m': 0, '5m': 1, '15m': 2 } as const;

export function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { over } = target as unknown as LoadTarget;
  const report = new Report(context);
  const load = Number(readKernel('/proc/loadavg')?.split(' ')[FIELD[over]] ?? Number.NaN);
  const cores = processors();
  if (!Number.isFinite(load) || cores === null) {
    return Promise.resolve(report.observe('unknown', 'this machine does not tell its load'));
  }
  const perCore = Math.round((load / cores) * 100) / 100;
  const blocked = /^procs_blocked (\d+)$/m.exec(readKernel('/proc/stat') ?? '')?.[1];
  const data = { per_core: perCore, load, ...(blocked === undefined ? {} : { blocked: Number(blocked) }) };
  const message = `load ${load} over ${over}, ${perCore} for each of ${cores} processors`;
  return Promise.resolve(report.observe('pass', message, data));
}
