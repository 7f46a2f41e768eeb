import type { ServicePlan } from '../../core/plan/index.ts';
import type { Report } from './report.ts';

/** What has the right form but cannot be meant: intervals and deadlines of no time, names no variable can have. */
export function checkLimits({ name, healthcheck, watchdog, environment }: ServicePlan, report: Report): void {
  const at = ['services', name];
  const positive = (path: string[], value: number | null, why: string): void => {
    if (value === 0)
      report.add(report.value([...at, ...path]), why, 'write a time longer than 0, or leave the key out');
  };
  positive(['watchdog'], watchdog, 'no program can say every 0s that it lives');
  if (healthcheck !== null) {
    positive(['healthcheck', 'interval'], healthcheck.interval, 'checks without a pause would do nothing but check');
    positive(
      ['healthcheck', 'start_interval'],
      healthcheck.startInterval,
      'checks without a pause would do nothing but check',
    );
    positive(['healthcheck', 'timeout'], healthcheck.timeout, 'no check can pass within 0s');
  }
  for (const variable of Object.keys(environment)) {
    if (variable !== '' && !/[=\0]/.test(variable)) continue;
    report.add(
      report.key([...at, 'environment', variable]),
      `"${variable}" cannot be the name of a variable`,
      'a name is not empty and has no =',
    );
  }
}
