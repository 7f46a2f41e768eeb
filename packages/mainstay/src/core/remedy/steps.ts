import type { CheckPlan, HealthcheckPlan, RemedyPlan, RemedyStep } from '../plan/index.ts';

const NOTHING: RemedyPlan = { fail: [], warn: [], dryRun: false };
const RESTART: RemedyPlan = { ...NOTHING, fail: [{ do: 'restart', services: [] }] };

/** What is done because of a check; for `warn`, and for `fail` where the file names no steps of its own for it. */
export function remedyOf({ remedy, onFailure }: Pick<HealthcheckPlan | CheckPlan, 'remedy' | 'onFailure'>): RemedyPlan {
  if (remedy === undefined) return onFailure === 'restart' ? RESTART : NOTHING;
  return remedy.fail.length > 0 ? remedy : { ...remedy, fail: remedy.warn };
}

/** The services that a step is about, besides the one whose healthcheck it is. */
export function servicesOf(step: RemedyStep): string[] {
  if (step.do === 'restart') return step.services;
  return step.do === 'signal' && step.service !== null ? [step.service] : [];
}

/** The services that a check is about: the one that its target names, and those that are restarted or told because of it. */
export function servicesAbout({ target, remedy }: CheckPlan): string[] {
  const { service } = target;
  const steps = [...(remedy?.fail ?? []), ...(remedy?.warn ?? [])].flatMap(servicesOf);
  return [...new Set([...(typeof service === 'string' ? [service] : []), ...steps])];
}

/** A step for people, as in "would restart web". */
export function describeStep(step: RemedyStep, own: string | null): string {
  switch (step.do) {
    case 'restart':
      return `restart ${step.services.length === 0 ? (own ?? 'it') : step.services.join(', ')}`;
    case 'signal':
      return `send ${step.signal} to ${step.service ?? own ?? 'it'}`;
    case 'run':
      return `run ${step.command[0] ?? ''}`;
    case 'clean':
      return `clean ${step.path}`;
  }
}
