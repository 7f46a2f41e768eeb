import type { CheckPlan } from '../../core/plan/index.ts';
import type { CheckKinds, CheckOutput } from '../schema/index.ts';
import type { Node } from '../yaml/index.ts';
import { resolveTarget } from './healthcheck.ts';
import type { Report } from './report.ts';
import { resolveThresholds } from './thresholds.ts';

/** A check of the plan, or null: what is wrong has been reported. */
export function resolveCheck(
  name: string,
  written: CheckOutput & Record<string, unknown>,
  { kinds, report, root }: { kinds: CheckKinds; report: Report; root: Node },
): CheckPlan | null {
  const path = ['checks', name];
  const chosen = resolveTarget(written, { kinds, report, root, path, noun: 'check' });
  if (chosen === null) return null;
  return {
    name,
    ...chosen,
    interval: written.interval,
    timeout: written.timeout,
    retries: written.retries,
    successes: written.successes,
    startPeriod: written.start_period,
    startInterval: written.start_interval,
    thresholds: resolveThresholds(written, chosen.kind, { kinds, report, path }),
    dependsOn: written.depends_on,
    onFailure: written.on_failure,
    onWarn: written.on_warn,
  };
}
