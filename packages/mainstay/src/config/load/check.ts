import type { CheckPlan } from '../../core/plan/index.ts';
import type { CheckKinds, CheckOutput } from '../schema/index.ts';
import type { Node } from '../yaml/index.ts';
import { resolveProbing } from './healthcheck.ts';
import type { Report } from './report.ts';

/** A check of the plan, or null: what is wrong has been reported. */
export function resolveCheck(
  name: string,
  written: CheckOutput & Record<string, unknown>,
  { kinds, report, root }: { kinds: CheckKinds; report: Report; root: Node },
): CheckPlan | null {
  const probing = resolveProbing(written, { kinds, report, root, path: ['checks', name], noun: 'check' });
  if (probing === null) return null;
  return {
    name,
    ...probing,
    dependsOn: written.depends_on,
    onFailure: written.on_failure,
    onWarn: written.on_warn,
  };
}
