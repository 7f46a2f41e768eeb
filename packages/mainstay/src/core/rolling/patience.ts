import type { ServicePlan } from '../plan/index.ts';

/** What SIGKILL may take, in ms. */
const KILL_MS = 10_000;
/** What spawning, and dependencies that come and go, may take beyond all that is configured, in ms. */
const MARGIN_MS = 30_000;

/** A program that is ready by being started, without a healthcheck, must live this long before it is believed, in ms. */
export const PROVEN_MS = 1_000;

/**
 * The longest that may pass between asking an instance of plan `old` to stop and its standing under plan
 * `next`, in ms: its grace period, readiness, and as many results of its healthcheck as a verdict takes.
 */
export function patience(old: ServicePlan, next: ServicePlan): number {
  const { ready, healthcheck } = next;
  const readiness = ready.by === 'start' ? 0 : ready.timeout;
  const verdict =
    healthcheck === null
      ? 0
      : healthcheck.startPeriod +
        (healthcheck.retries + healthcheck.successes) *
          (Math.max(healthcheck.interval, healthcheck.startInterval) + healthcheck.timeout);
  return old.stopGracePeriod + KILL_MS + readiness + verdict + MARGIN_MS;
}
