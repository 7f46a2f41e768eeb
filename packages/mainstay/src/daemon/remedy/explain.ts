import { expandDeep } from '../../core/template/index.ts';
import { describeStep, remedyOf, type RemedyState } from '../../core/remedy/index.ts';
import type { CheckPlan, HealthcheckPlan, RemedyStep } from '../../core/plan/index.ts';
import type { Now } from '../../ports/index.ts';
import { addressOf, CONNECTS } from './address.ts';

/** What is explained: the plan that says what is done, and how far that is. */
interface Explained {
  plan: HealthcheckPlan | CheckPlan;
  remedy: RemedyState;
  /** The service whose healthcheck it is; null: a check of its own. */
  own: string | null;
  /** Its ports, or those of what would be restarted, can be asked. */
  hasPort: boolean;
  dryRun: boolean;
}

/** What is done because of a check, what was done, and what keeps more from being done; each a line. */
export function remedyFacts({ plan, remedy, own, hasPort, dryRun }: Explained, now: Now): string[] {
  const { fail, warn, dryRun: dry } = remedyOf(plan);
  const out: string[] = [];
  const list = (steps: readonly RemedyStep[]): string => steps.map((step) => describeStep(step, own)).join(', then ');
  if (fail.length > 0) out.push(`when it fails: ${list(fail)}${dry || dryRun ? ' (dry run: it is only said)' : ''}`);
  if (warn.length > 0) out.push(`when it warns: ${list(warn)}${dry || dryRun ? ' (dry run: it is only said)' : ''}`);
  if ([...fail, ...warn].some((step) => step.do === 'restart')) out.push(secondLayer(plan, hasPort));
  const steps = remedy.level === 'fail' ? fail : warn;
  const step = steps[remedy.step];
  if (step === undefined) return out;
  const what = describeStep(step, own);
  if (remedy.held !== null) out.push(`not done now: ${what}: ${remedy.held}`);
  else if (remedy.name === 'doubting') out.push(`not done yet: ${what}: no second layer confirms it`);
  else if (remedy.name === 'acting') out.push(`being done: ${what}`);
  else if (remedy.name === 'watching') out.push(`done: ${what}; whether it helps is being seen`);
  if (remedy.rounds > 0)
    out.push(`everything was tried ${remedy.rounds === 1 ? 'once' : `${remedy.rounds} times`} without success`);
  if (remedy.name === 'resting' && remedy.restUntil > now.mono)
    out.push(`tried again not before ${new Date(now.wall + remedy.restUntil - now.mono).toISOString()}`);
  return out;
}

function secondLayer({ kind, target, retries }: HealthcheckPlan | CheckPlan, hasPort: boolean): string {
  // References in it are not looked up: a secret may be behind one.
  const known = addressOf(expandDeep(target, () => undefined) as Record<string, unknown>);
  const asked = known === null ? (hasPort ? 'the port of the service' : null) : `${known.host}:${known.port}`;
  const twice = `${2 * retries} failures instead of ${retries}`;
  if (asked === null)
    return `before a restart its processes are looked at; there is no address to ask as well: unless one is stopped or gone, it takes ${twice}`;
  const how = CONNECTS.has(kind) ? `who listens on ${asked}` : `whether ${asked} takes connections`;
  return `before a restart its processes are looked at, and ${how}: if these do not confirm it, it takes ${twice}`;
}
