import type { ServicePlan } from '../../core/plan/index.ts';
import { formatSize } from '../values/index.ts';
import type { Report } from './report.ts';

/** What has the right form but cannot be meant: intervals and deadlines of no time, names no variable can have. */
export function checkLimits(service: ServicePlan, report: Report): void {
  const { name, healthcheck, watchdog, environment } = service;
  const at = ['services', name];
  checkResources(service, report);
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

/** No program starts in less; what is smaller was meant in another unit. */
const LEAST_MEMORY = 1024 ** 2;

function checkResources({ name, resources }: ServicePlan, report: Report): void {
  const at = ['services', name, 'resources'];
  const { memory, memoryReservation } = resources;
  if (memory !== null && memory < LEAST_MEMORY) {
    const hint = 'write for example memory: 64m, or leave the key out';
    report.add(report.value([...at, 'memory']), `no program starts in ${formatSize(memory)}`, hint);
  } else if (memory !== null && memoryReservation !== null && memoryReservation > memory) {
    report.add(
      report.value([...at, 'memory_reservation']),
      `is more than memory (${formatSize(memory)})`,
      'write a smaller one, or a larger memory',
    );
  }
}
