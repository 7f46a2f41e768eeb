import type { CheckPlan, ServicePlan } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import { checkSteps } from './remedy.ts';
import type { Report } from './report.ts';

/** Words that `mainstay check` takes for something else. */
const RESERVED = new Set(['all']);

/**
 * What is wrong between checks, and between checks and services.
 * @param names every check of the file, those with errors of their own included
 * @param services every service of the file
 */
export function checkChecks(
  checks: readonly CheckPlan[],
  names: readonly string[],
  services: readonly string[],
  report: Report,
): void {
  for (const name of names) {
    if (services.includes(name)) {
      report.add(report.key(['checks', name]), 'a service has this name as well', 'choose another name for the check');
    } else if (RESERVED.has(name)) {
      report.add(report.key(['checks', name]), `"${name}" means every check`, 'choose another name');
    }
  }
  for (const check of checks) {
    checkTimes(check, report);
    checkDependencies(check, [...names, ...services], report);
  }
  checkCycles(checks, report);
}

/**
 * Services that remedies name.
 * @param names every service of the file, those with errors of their own included
 */
export function checkRemedies(
  loaded: readonly { plan: ServicePlan }[],
  names: readonly string[],
  checks: readonly CheckPlan[],
  report: Report,
): void {
  const types = new Map(loaded.map(({ plan }) => [plan.name, plan.type] as const));
  const services = new Map(names.map((name) => [name, types.get(name) ?? 'service'] as const));
  for (const { plan } of loaded) {
    const remedy = plan.healthcheck?.remedy;
    if (remedy !== undefined) checkSteps(remedy, ['services', plan.name, 'healthcheck'], services, report);
  }
  for (const { name, remedy } of checks)
    if (remedy !== undefined) checkSteps(remedy, ['checks', name], services, report);
}

/** Times that cannot be. */
export function checkTimes({ name, interval, startInterval, timeout }: CheckPlan, report: Report): void {
  const positive = (key: string, value: number, why: string): void => {
    if (value > 0) return;
    report.add(report.value(['checks', name, key]), why, 'write a time longer than 0, or leave the key out');
  };
  positive('interval', interval, 'checks without a pause would do nothing but check');
  positive('start_interval', startInterval, 'checks without a pause would do nothing but check');
  positive('timeout', timeout, 'no check can pass within 0s');
}

function checkDependencies({ name, dependsOn }: CheckPlan, known: readonly string[], report: Report): void {
  for (const [index, wanted] of dependsOn.entries()) {
    const place = report.value(['checks', name, 'depends_on', index]);
    if (wanted === name) report.add(place, 'depends on itself', 'remove it');
    else if (dependsOn.indexOf(wanted) !== index) {
      report.add(place, `"${wanted}" is listed twice`, 'remove one of the two');
    } else if (!known.includes(wanted)) {
      const others = known.filter((one) => one !== name);
      report.add(
        place,
        `there is no check and no service "${wanted}"`,
        didYouMean(wanted, others) ?? (others.length === 0 ? null : `there are: ${others.join(', ')}`),
      );
    }
  }
}

/** Prints each cycle once, from its first check in the order of the file. */
function checkCycles(checks: readonly CheckPlan[], report: Report): void {
  const byName = new Map(checks.map((check) => [check.name, check]));
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (check: CheckPlan): void => {
    if (done.has(check.name)) return;
    trail.push(check.name);
    for (const wanted of check.dependsOn) {
      const other = byName.get(wanted);
      if (other === undefined || wanted === check.name) continue;
      const start = trail.indexOf(wanted);
      if (start === -1) visit(other);
      else {
        report.add(
          report.key(['checks', wanted, 'depends_on']),
          `checks wait for each other: ${[...trail.slice(start), wanted].join(' → ')}`,
          'remove one of these dependencies',
        );
      }
    }
    trail.pop();
    done.add(check.name);
  };
  for (const check of checks) visit(check);
}
