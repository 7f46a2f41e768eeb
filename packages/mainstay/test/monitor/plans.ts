/** Parts of plans for tests of the monitor. */
import type { AlertsPlan, CheckPlan } from '../../src/core/plan/index.ts';

export function checkPlan(name: string, changes: Partial<CheckPlan> = {}): CheckPlan {
  return {
    name,
    kind: 'http',
    target: { name },
    interval: 300_000,
    timeout: 5_000,
    retries: 3,
    successes: 1,
    startPeriod: 0,
    startInterval: 1_000,
    thresholds: [],
    dependsOn: [],
    onFailure: 'alert',
    onWarn: 'alert',
    ...changes,
  };
}

export function alertsPlan(): AlertsPlan {
  const route = { services: [], during: null, to: ['ops'], remind: null, escalate: null };
  return {
    publicUrl: null,
    notifiers: [{ name: 'ops', kind: 'webhook', target: {}, secrets: [] }],
    routes: [{ severity: ['critical', 'warning', 'info'], ...route }],
    group: 0,
    quiet: [],
  };
}
