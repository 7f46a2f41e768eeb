import { stringify } from 'yaml';
import type { ForeignPlan, Plan, ReadyPlan, ServicePlan, WatchPlan } from '../../core/plan/index.ts';
import { escapeTemplate } from '../../core/template/index.ts';
import { formatDuration, formatListen, formatPercent, formatPort, formatSize, formatUmask } from '../values/index.ts';
import { alertsForPeople } from './alerts.ts';
import { checksForPeople, healthcheckForPeople } from './checks.ts';
import { planAsJson } from './masked.ts';
import { objectiveForPeople } from './objective.ts';

/**
 * The plan as mainstay.yaml would say it with every default written out, secrets masked. Loaded again
 * beside the original file it makes the same plan, as long as nothing was masked.
 */
export function planForPeople(plan: Plan): string {
  const shown = planAsJson(plan);
  const file = {
    project: shown.project,
    ...(shown.objective !== null && { objective: objectiveForPeople(shown.objective) }),
    history: { max_size: formatSize(shown.history.maxSize) },
    services: Object.fromEntries(shown.services.map((service) => [service.name, serviceForPeople(service)])),
    ...(shown.checks.length > 0 && { checks: checksForPeople(shown.checks) }),
    restart_budget: { restarts: shown.restartBudget.restarts, window: formatDuration(shown.restartBudget.window) },
    ...(shown.dryRun && { dry_run: true }),
    sampling: shown.sampling,
    maintenance: shown.maintenance.map(({ every, duration, services, reason }) => ({
      every,
      for: formatDuration(duration),
      services,
      reason: escapeTemplate(reason),
    })),
    ...(shown.alerts !== null && { alerts: alertsForPeople(shown.alerts) }),
    ...(shown.api !== null && {
      api: { listen: formatListen(shown.api), keys_file: escapeTemplate(shown.api.keysFile) },
    }),
    process_status: escapeTemplate(shown.processStatusFile),
  };
  return stringify(file, { lineWidth: 0, flowCollectionPadding: true });
}

function serviceForPeople(service: ServicePlan): Record<string, unknown> {
  const policy = service.restartPolicy;
  const { logging } = service;
  /** What is not said of a service that something else runs. */
  const ours = <T>(value: T): T | null => (service.foreign === null ? value : null);
  return present({
    type: service.type,
    ...(service.foreign !== null && foreignForPeople(service.foreign)),
    command: service.command,
    working_dir: ours(escapeTemplate(service.workingDirectory)),
    env_file: service.envFiles.map(escapeTemplate),
    environment: service.environment,
    user: service.user === null ? null : escapeTemplate(service.user),
    group: service.group === null ? null : escapeTemplate(service.group),
    umask: service.umask === null ? null : formatUmask(service.umask),
    ulimits: service.ulimits,
    resources: present({
      memory: sizeOrNull(service.resources.memory),
      memory_reservation: sizeOrNull(service.resources.memoryReservation),
      cpus: service.resources.cpus,
      pids: service.resources.pids,
    }),
    instances: ours(service.instances),
    ports: service.ports.map(formatPort),
    depends_on: Object.fromEntries(
      service.dependsOn.map(({ service: name, condition, restart, required }) => [
        name,
        { condition, restart, required },
      ]),
    ),
    ...(service.type === 'service' && { ready: readyForPeople(service.ready) }),
    healthcheck: service.healthcheck === null ? null : healthcheckForPeople(service.healthcheck),
    watchdog: durationOrNull(service.watchdog),
    restart: service.restart,
    restart_policy: {
      delay: formatDuration(policy.delay),
      factor: policy.factor,
      max_delay: formatDuration(policy.maxDelay),
      jitter: formatPercent(policy.jitter),
      max_attempts: policy.maxAttempts,
      window: formatDuration(policy.window),
      reset_after: formatDuration(policy.resetAfter),
      cooldown: policy.cooldown === null ? 'never' : formatDuration(policy.cooldown),
      success_exit_codes: policy.successExitCodes,
      fatal_exit_codes: policy.fatalExitCodes,
    },
    stop_signal: ours(service.stopSignal),
    stop_grace_period: formatDuration(service.stopGracePeriod),
    kill_mode: ours(service.killMode),
    logging: {
      max_size: formatSize(logging.maxSize),
      max_files: logging.maxFiles,
      max_age: formatDuration(logging.maxAge),
      ...(service.foreign === null && { split: logging.split, when_full: logging.whenFull }),
      max_line: formatSize(logging.maxLine),
    },
    ...(service.watch.length > 0 && { develop: { watch: service.watch.map(watchForPeople) } }),
    ...(service.scheduledRestart !== null && { schedule: { restart: service.scheduledRestart } }),
    runbook: service.runbook === null ? null : escapeTemplate(service.runbook),
    owner: service.owner === null ? null : escapeTemplate(service.owner),
    objective: service.objective === null ? null : objectiveForPeople(service.objective),
  });
}

function foreignForPeople(foreign: ForeignPlan): Record<string, unknown> {
  const name = escapeTemplate(foreign.name);
  if (foreign.by === 'unit') return { unit: foreign.user ? { name, user: true } : name };
  return { container: foreign.socket === null ? name : { name, socket: escapeTemplate(foreign.socket) } };
}

function readyForPeople(ready: ReadyPlan): Record<string, unknown> {
  if (ready.by === 'start') return { start: true };
  const how = ready.by === 'log' ? { log: escapeTemplate(ready.pattern) } : { [ready.by]: true };
  return { ...how, timeout: formatDuration(ready.timeout) };
}

function watchForPeople({ path, action, ignore }: WatchPlan): Record<string, unknown> {
  return { path: escapeTemplate(path), action, ignore: ignore.map(escapeTemplate) };
}

function durationOrNull(ms: number | null): string | null {
  return ms === null ? null : formatDuration(ms);
}

function sizeOrNull(bytes: number | null): string | null {
  return bytes === null ? null : formatSize(bytes);
}

/** Without what is not set: null, and empty lists and mappings. */
function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value as object).length > 0),
    ),
  );
}
