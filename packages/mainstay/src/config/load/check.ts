import type { CheckPlan } from '../../core/plan/index.ts';
import type { CheckKinds, CheckOutput } from '../schema/index.ts';
import type { Node } from '../yaml/index.ts';
import { resolveProbing } from './healthcheck.ts';
import { readReaction, remedyPlan, type Reaction } from './remedy.ts';
import type { Report } from './report.ts';

/** A check of the plan, or null: what is wrong has been reported. */
export function resolveCheck(
  name: string,
  written: CheckOutput & Record<string, unknown>,
  { kinds, report, root, directory }: { kinds: CheckKinds; report: Report; root: Node; directory: string },
): CheckPlan | null {
  const probing = resolveProbing(written, { kinds, report, root, path: ['checks', name], noun: 'check' });
  if (probing === null) return null;
  const { kind, target } = probing;
  const place = { report, path: ['checks', name], directory, noun: 'check' as const, kind, target };
  const failure = readReaction('on_failure', written.on_failure, place);
  const warning = readReaction('on_warn', written.on_warn, place);
  const remedy = remedyPlan(failure, warning, written.dry_run === true);
  const told = ({ word }: Reaction): 'alert' | 'none' => (word === 'none' ? 'none' : 'alert');
  return {
    name,
    ...probing,
    dependsOn: written.depends_on,
    onFailure: told(failure),
    onWarn: told(warning),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
