import type { ObjectivePlan } from '../../core/plan/index.ts';
import type { ServiceOutput } from '../schema/index.ts';

/** An objective as the plan has it; null: none is written. */
export function resolveObjective(written: ServiceOutput['objective']): ObjectivePlan | null {
  if (written === undefined) return null;
  const { uptime, mttr, mtbf, rpo, automatic, rto } = written;
  return {
    uptime: uptime ?? null,
    mttr: mttr ?? null,
    mtbf: mtbf ?? null,
    rpo: rpo ?? null,
    automatic: automatic ?? null,
    rto: Object.fromEntries(Object.entries(rto).filter(([, ms]) => ms !== undefined)),
  };
}
