import type { CheckPlan, HealthcheckPlan, ThresholdPlan } from '../../core/plan/index.ts';
import { formatDuration, formatMeasured } from '../values/index.ts';

/** The checks of a plan as mainstay.yaml would say them, with every default written out. */
export function checksForPeople(checks: readonly CheckPlan[]): Record<string, unknown> {
  return Object.fromEntries(checks.map((check) => [check.name, checkForPeople(check)]));
}

function checkForPeople(check: CheckPlan): Record<string, unknown> {
  return {
    ...runForPeople(check),
    ...(check.dependsOn.length > 0 && { depends_on: check.dependsOn }),
    on_failure: check.onFailure,
    on_warn: check.onWarn,
  };
}

export function healthcheckForPeople(healthcheck: HealthcheckPlan): Record<string, unknown> {
  return { ...runForPeople(healthcheck), on_failure: healthcheck.onFailure };
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
