import type { CheckPlan, HealthcheckPlan, RemedyStep, ThresholdPlan } from '../../core/plan/index.ts';
import { formatDuration, formatMeasured } from '../values/index.ts';

/** The checks of a plan as mainstay.yaml would say them, with every default written out. */
export function checksForPeople(checks: readonly CheckPlan[]): Record<string, unknown> {
  return Object.fromEntries(checks.map((check) => [check.name, checkForPeople(check)]));
}

function checkForPeople(check: CheckPlan): Record<string, unknown> {
  return {
    ...runForPeople(check),
    ...(check.dependsOn.length > 0 && { depends_on: check.dependsOn }),
    on_failure: reactionForPeople(check.remedy?.fail, check.onFailure),
    on_warn: reactionForPeople(check.remedy?.warn, check.onWarn),
    ...(check.remedy?.dryRun === true && { dry_run: true }),
  };
}

export function healthcheckForPeople(healthcheck: HealthcheckPlan): Record<string, unknown> {
  const { remedy, onFailure } = healthcheck;
  const dry = remedy?.dryRun === true && { dry_run: true };
  return { ...runForPeople(healthcheck), on_failure: reactionForPeople(remedy?.fail, onFailure), ...dry };
}

function reactionForPeople(steps: readonly RemedyStep[] = [], word: string): unknown {
  if (steps.length === 0) return word;
  return [...steps.map(stepForPeople), ...(word === 'none' ? [word] : [])];
}

function stepForPeople(step: RemedyStep): unknown {
  switch (step.do) {
    case 'restart':
      return step.services.length === 0 ? 'restart' : { restart: step.services };
    case 'signal':
      return { signal: step.service === null ? step.signal : { service: step.service, signal: step.signal } };
    case 'run': {
      const { command, user, timeout, workingDirectory } = step;
      const as = user === null ? {} : { user };
      return { run: command, ...as, timeout: formatDuration(timeout), working_dir: workingDirectory };
    }
    case 'clean':
      // Its own directory is what it is where nothing is written; with another path neither `match` nor `recursive` counts.
      return { clean: { older_than: formatDuration(step.olderThan), ...(step.own ? {} : { path: step.path }) } };
  }
}

/** What a check and a healthcheck have in common. */
function runForPeople(check: Omit<HealthcheckPlan, 'onFailure'>): Record<string, unknown> {
  return {
    [check.kind]: check.target,
    interval: formatDuration(check.interval),
    timeout: formatDuration(check.timeout),
    retries: check.retries,
    successes: check.successes,
    start_period: formatDuration(check.startPeriod),
    start_interval: formatDuration(check.startInterval),
    ...limits(check.thresholds, 'warn'),
    ...limits(check.thresholds, 'fail'),
  };
}

function limits(thresholds: readonly ThresholdPlan[], level: ThresholdPlan['level']): Record<string, unknown> {
  const written = thresholds.filter((one) => one.level === level).map(thresholdForPeople);
  return written.length === 0 ? {} : { [level]: written };
}

function thresholdForPeople({ measure, unit, side, limit, clear }: ThresholdPlan): Record<string, unknown> {
  const value = formatMeasured(limit, unit);
  return { of: measure, [side]: value, ...(clear !== limit && { clear: formatMeasured(clear, unit) }) };
}
