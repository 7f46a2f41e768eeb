import type { ObjectivePlan } from '../../core/plan/index.ts';
import { formatDuration, formatPercent } from '../values/index.ts';

/** An objective as mainstay.yaml would say it. */
export function objectiveForPeople({
  uptime,
  mttr,
  mtbf,
  rpo,
  automatic,
  rto,
}: ObjectivePlan): Record<string, unknown> {
  const times = { mttr, mtbf, rpo };
  return {
    ...(uptime !== null && { uptime: formatPercent(uptime) }),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, ms]) => (ms === null ? [] : [[name, formatDuration(ms)]])),
    ),
    ...(automatic !== null && { automatic: formatPercent(automatic) }),
    rto: Object.fromEntries(Object.entries(rto).map(([failure, ms]) => [failure, formatDuration(ms)])),
  };
}
