import type { Plan, PortPlan, ServicePlan } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import { formatPort } from '../values/index.ts';
import type { Path } from '../problem.ts';
import { checkLimits } from './limits.ts';
import type { LoadedService } from './loader.ts';
import type { Report } from './report.ts';

/** Names of log files that are mainstay's own. */
const RESERVED = new Set(['mainstay', 'events', 'checks', 'guardian']);

/**
 * What is wrong between keys and between services: dependencies, ports, policies.
 * @param names every service of the file, those with errors of their own included
 */
export function checkSemantics(loaded: readonly LoadedService[], names: readonly string[], report: Report): void {
  const services = loaded.map(({ plan }) => plan);
  for (const { plan: service, broken } of loaded) {
    checkName(service, report);
    checkDependencies(service, loaded, names, report);
    if (!broken.has('type')) checkTask(service, report);
    checkPolicy(service, report);
    checkLimits(service, report);
  }
  checkCycles(services, report);
  checkPorts(services, report);
}

function checkName({ name }: ServicePlan, report: Report): void {
  if (!RESERVED.has(name)) return;
  report.add(
    report.key(['services', name]),
    `"${name}" is the name of one of mainstay's own log files`,
    'choose another name',
  );
}

function checkDependencies(
  service: ServicePlan,
  services: readonly LoadedService[],
  names: readonly string[],
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [index, { service: wanted, condition }] of service.dependsOn.entries()) {
    const path = dependencyPath(service, index, report);
    const place = report.key(path);
    if (seen.has(wanted)) report.add(place, `"${wanted}" is listed twice`, 'remove one of the two');
    seen.add(wanted);
    if (wanted === service.name) {
      report.add(place, 'depends on itself', 'remove it');
      continue;
    }
    if (!names.includes(wanted)) {
      const hint =
        didYouMean(
          wanted,
          names.filter((name) => name !== service.name),
        ) ?? `services are: ${names.join(', ')}`;
      report.add(place, `there is no service "${wanted}"`, hint);
      continue;
    }
    const found = services.find(({ plan }) => plan.name === wanted);
    if (found === undefined || ['type', 'ready', 'healthcheck'].some((key) => found.broken.has(key))) continue;
    const other = found.plan;
    const where = report.value([...path, 'condition']);
    if (condition === 'service_completed_successfully' && other.type !== 'task') {
      report.add(
        where,
        `"${wanted}" runs for ever and never completes`,
        `give ${wanted} type: task, or use service_started`,
      );
    }
    if (condition === 'service_healthy' && other.healthcheck === null && other.ready.by === 'start') {
      const hint =
        other.type === 'task'
          ? 'use service_completed_successfully'
          : `give ${wanted} a healthcheck or ready, or use service_started`;
      report.add(where, `"${wanted}" has no healthcheck and never becomes healthy`, hint);
    }
  }
}

/** Where a dependency is written: its key in the mapping form, its item in the list form. */
function dependencyPath({ name, dependsOn }: ServicePlan, index: number, report: Report): Path {
  const base: Path = ['services', name, 'depends_on'];
  const item: Path = [...base, index];
  const isList = report.value(item).path !== report.value(base).path;
  return isList ? item : [...base, dependsOn[index]?.service ?? ''];
}

/** Prints each cycle once, from its first service in the order of the file. */
function checkCycles(services: readonly ServicePlan[], report: Report): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (service: ServicePlan): void => {
    if (done.has(service.name)) return;
    trail.push(service.name);
    for (const { service: wanted } of service.dependsOn) {
      const other = byName.get(wanted);
      if (other === undefined || wanted === service.name) continue;
      const start = trail.indexOf(wanted);
      if (start === -1) visit(other);
      else {
        const cycle = [...trail.slice(start), wanted].join(' → ');
        report.add(
          report.key(['services', wanted, 'depends_on']),
          `services wait for each other: ${cycle}`,
          'remove one of these dependencies',
        );
      }
    }
    trail.pop();
    done.add(service.name);
  };
  for (const service of services) visit(service);
}

function checkTask(service: ServicePlan, report: Report): void {
  if (service.type !== 'task') return;
  const at = (key: string): Path => ['services', service.name, key];
  if (service.healthcheck !== null)
    report.add(report.key(at('healthcheck')), 'a task has no healthcheck: its exit code says how it went', 'remove it');
  if (service.scheduledRestart !== null)
    report.add(report.key(at('schedule')), 'a task is not restarted by schedule', 'remove it');
  if (service.objective !== null) report.add(report.key(at('objective')), 'a task has no uptime', 'remove it');
}

function checkPolicy({ name, restartPolicy: policy }: ServicePlan, report: Report): void {
  const at = (key: string): Path => ['services', name, 'restart_policy', key];
  if (policy.delay > policy.maxDelay) {
    report.add(report.value(at('delay')), 'is longer than max_delay', 'raise max_delay');
  }
  for (const code of policy.fatalExitCodes) {
    if (code === 0 || policy.successExitCodes.includes(code)) {
      report.add(
        report.value(at('fatal_exit_codes')),
        `${code} counts as success and cannot be fatal as well`,
        'remove it from one of the two',
      );
    }
  }
  const needed = shortestTime(policy);
  if (needed > policy.window) {
    report.warn(
      'unreachable-limit',
      name,
      report.value(at('max_attempts')),
      `${policy.maxAttempts} restarts take at least ${Math.round(needed / 1000)}s with these delays, longer than the window: the limit is never reached`,
      'raise window, or lower max_attempts or the delays',
    );
  }
}

/** The shortest time in which `max_attempts` restarts can happen: every delay at its shortest. */
function shortestTime({ delay, factor, maxDelay, jitter, maxAttempts }: ServicePlan['restartPolicy']): number {
  let total = 0;
  let next = delay;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    total += Math.min(next, maxDelay) * (1 - jitter);
    next = Math.min(next * factor, maxDelay);
  }
  return total;
}

interface Claim {
  service: ServicePlan;
  index: number;
  instance: number;
  port: PortPlan;
}

/** Two instances cannot listen on one address. */
function checkPorts(services: readonly ServicePlan[], report: Report): void {
  const claims = new Map<string, Claim[]>();
  for (const service of services) {
    for (const [index, port] of service.ports.entries()) {
      const place = report.value(['services', service.name, 'ports', index]);
      if (port.step === 0 && service.instances > 1) {
        report.add(
          place,
          `each of the ${service.instances} instances would listen on ${formatPort(port)}`,
          `write "${formatPort({ ...port, step: 1 })}" for a port each`,
        );
        continue;
      }
      if (port.port + (service.instances - 1) * port.step > 65_535) {
        report.add(place, `the port of the last of ${service.instances} instances is above 65535`, 'start lower');
        continue;
      }
      for (let instance = 0; instance < service.instances; instance += 1) {
        claim({ service, index, instance, port }, claims, report);
      }
    }
  }
}

function claim(own: Claim, claims: Map<string, Claim[]>, report: Report): void {
  const number = own.port.port + own.instance * own.port.step;
  const key = `${number}/${own.port.protocol}`;
  const others = claims.get(key) ?? [];
  const clash = others.find((other) => overlap(other.port.host, own.port.host));
  claims.set(key, [...others, own]);
  if (clash === undefined) return;
  const holder = clash.service === own.service ? 'this service' : clash.service.name;
  report.add(
    report.value(['services', own.service.name, 'ports', own.index]),
    `port ${number} is declared twice: ${holder} has it as well`,
    'give one of the two another port',
  );
}

/** Whether two listening addresses exclude each other; null is every address. */
function overlap(a: string | null, b: string | null): boolean {
  return a === null || b === null || numeric(a) === numeric(b);
}

function numeric(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

/** Maintenance windows name services that exist. */
export function checkMaintenance(maintenance: Plan['maintenance'], names: readonly string[], report: Report): void {
  for (const [index, window] of maintenance.entries()) {
    for (const [at, name] of window.services.entries()) {
      if (names.includes(name)) continue;
      report.add(
        report.value(['maintenance', index, 'services', at]),
        `there is no service "${name}"`,
        didYouMean(name, names) ?? `services are: ${names.join(', ')}`,
      );
    }
  }
}
