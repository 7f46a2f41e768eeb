import path from 'node:path';
import type { DependencyPlan, HealthcheckPlan, ReadyPlan, RestartMode, ServicePlan } from '../../core/plan/index.ts';
import { nearest } from '../nearest.ts';
import type { Path } from '../problem.ts';
import type { CheckKinds, ServiceOutput } from '../schema/index.ts';
import type { Node } from '../yaml/index.ts';
import { resolveForeign } from './foreign.ts';
import { resolveHealthcheck } from './healthcheck.ts';
import { resolveObjective } from './objective.ts';
import type { Report } from './report.ts';

/** How long a service may take to become ready, when nothing says it. */
const READY_TIMEOUT = 60_000;

export interface ServiceContext {
  name: string;
  /** Absolute directory of mainstay.yaml. */
  directory: string;
  kinds: CheckKinds;
  report: Report;
  root: Node;
  /** Keys that were left out because of errors: nothing is said about their absence. */
  broken: ReadonlySet<string>;
}

/** Fills in the defaults that depend on other keys, and makes paths absolute. */
export function resolveService(written: ServiceOutput, context: ServiceContext): ServicePlan {
  const { name, directory, report, broken } = context;
  const at: Path = ['services', name];
  const foreign = resolveForeign(written, context);
  const isRun = written.command !== undefined || written.container !== undefined || written.unit !== undefined;
  if (!isRun && !broken.has('command') && !meansCommand(broken))
    report.add(report.key(at), 'has no command', 'add command: [program, argument, …]');
  const healthcheck =
    written.healthcheck === undefined
      ? null
      : resolveHealthcheck(written.healthcheck, context.kinds, report, context.root, [...at, 'healthcheck'], directory);
  const absolute = (file: string): string => path.resolve(directory, file);
  const policy = written.restart_policy;
  const { user, group } = splitUser(written);
  return {
    name,
    type: written.type,
    foreign,
    command: written.command ?? [],
    workingDirectory: absolute(written.working_dir ?? '.'),
    envFiles: asList(written.env_file).map(absolute),
    environment: asVariables(written.environment),
    user,
    group,
    umask: written.umask ?? null,
    ulimits: asLimits(written.ulimits ?? {}),
    resources: {
      memory: written.resources.memory ?? null,
      memoryReservation: written.resources.memory_reservation ?? null,
      cpus: written.resources.cpus ?? null,
      pids: written.resources.pids ?? null,
    },
    instances: written.instances,
    ports: written.ports,
    dependsOn: asDependencies(written.depends_on),
    ready: resolveReady(written, healthcheck, context),
    healthcheck,
    watchdog: written.watchdog ?? null,
    restart: resolveRestart(written, context),
    restartPolicy: {
      delay: policy.delay,
      factor: policy.factor,
      maxDelay: policy.max_delay,
      jitter: policy.jitter,
      maxAttempts: policy.max_attempts,
      window: policy.window,
      resetAfter: policy.reset_after,
      cooldown: policy.cooldown === 'never' ? null : policy.cooldown,
      successExitCodes: policy.success_exit_codes,
      fatalExitCodes: policy.fatal_exit_codes,
    },
    stopSignal: written.stop_signal,
    stopGracePeriod: written.stop_grace_period,
    killMode: written.kill_mode,
    logging: {
      maxSize: written.logging.max_size,
      maxFiles: written.logging.max_files,
      maxAge: written.logging.max_age,
      split: written.logging.split,
      whenFull: written.logging.when_full,
      maxLine: written.logging.max_line,
    },
    watch: written.develop.watch.map(({ path: file, action, ignore }, index) => {
      if (file === undefined)
        report.add(report.value([...at, 'develop', 'watch', index]), 'has no path', 'add path: src');
      return { path: absolute(file ?? '.'), action, ignore };
    }),
    scheduledRestart: written.schedule.restart ?? null,
    runbook: written.runbook ?? null,
    owner: written.owner ?? null,
    objective: resolveObjective(written.objective),
  };
}

function asList(written: string | string[] | undefined): string[] {
  return typeof written === 'string' ? [written] : (written ?? []);
}

/** An empty value takes the variable over from outside: a reference to its own name. */
function asVariables(written: ServiceOutput['environment']): Record<string, string> {
  const variables: Record<string, string> = {};
  if (written === undefined || Array.isArray(written)) return variables;
  for (const [name, value] of Object.entries(written)) variables[name] = value ?? `\${${name}}`;
  return variables;
}

/** Whether a key that was refused stands where a command would: nobody needs to be told twice. */
function meansCommand(broken: ReadonlySet<string>): boolean {
  const others = ['container', 'unit', 'image', 'build', 'entrypoint'];
  return [...broken].some((key) => others.includes(key) || nearest(key, ['command']) !== null);
}

/** `user: "1000:1000"`, as compose writes it. */
function splitUser({ user, group }: ServiceOutput): { user: string | null; group: string | null } {
  const [name, own] = user?.split(':', 2) ?? [];
  return { user: name === undefined || name === '' ? null : name, group: group ?? own ?? null };
}

function asLimits(written: NonNullable<ServiceOutput['ulimits']>): ServicePlan['ulimits'] {
  const limits: ServicePlan['ulimits'] = {};
  for (const [name, value] of Object.entries(written)) {
    if (value === undefined) continue;
    if (typeof value === 'number') limits[name] = { soft: value, hard: value };
    else {
      const either = value.soft ?? value.hard ?? -1;
      limits[name] = { soft: value.soft ?? either, hard: value.hard ?? either };
    }
  }
  return limits;
}

function asDependencies(written: ServiceOutput['depends_on']): DependencyPlan[] {
  if (written === undefined) return [];
  if (Array.isArray(written)) {
    return written.map((service) => ({ service, condition: 'service_started', restart: false, required: true }));
  }
  return Object.entries(written).map(([service, { condition, restart, required }]) => ({
    service,
    condition,
    restart,
    required,
  }));
}

/** `ready` as written; else the healthcheck, else the start. */
function resolveReady(written: ServiceOutput, healthcheck: HealthcheckPlan | null, context: ServiceContext): ReadyPlan {
  const { report, name } = context;
  const at: Path = ['services', name, 'ready'];
  const byHealthcheck = READY_TIMEOUT + (healthcheck?.startPeriod ?? 0);
  if (written.ready === undefined) {
    if (healthcheck === null || written.type === 'task') return { by: 'start' };
    return { by: 'healthcheck', timeout: byHealthcheck };
  }
  if (written.type === 'task') {
    report.add(
      report.key(at),
      'a task is never ready: it runs and ends',
      'remove it; wait with condition: service_completed_successfully',
    );
  }
  const form = typeof written.ready === 'string' ? { [written.ready]: true } : written.ready;
  const { timeout, log, ...ways } = form as Exclude<typeof written.ready, string>;
  const chosen = (['notify', 'healthcheck', 'start'] as const).filter((way) => ways[way] === true);
  if (chosen.length + (log === undefined ? 0 : 1) !== 1) {
    report.add(
      report.value(at),
      'must say exactly one of notify, log, healthcheck or start',
      'write for example ready: { notify: true }',
    );
    return { by: 'start' };
  }
  if (log !== undefined) return { by: 'log', pattern: log, timeout: timeout ?? READY_TIMEOUT };
  if (chosen[0] === 'notify') return { by: 'notify', timeout: timeout ?? READY_TIMEOUT };
  if (chosen[0] !== 'healthcheck') return { by: 'start' };
  if (written.healthcheck === undefined && !context.broken.has('healthcheck')) {
    report.add(
      report.value(at),
      'waits for the healthcheck, and the service has none',
      'add healthcheck: or use notify or log',
    );
  }
  return { by: 'healthcheck', timeout: timeout ?? byHealthcheck };
}

function resolveRestart(written: ServiceOutput, { report, name }: ServiceContext): RestartMode {
  if (written.type === 'service') return written.restart ?? 'always';
  if (written.restart === 'always' || written.restart === 'unless-stopped') {
    report.add(
      report.value(['services', name, 'restart']),
      `a task with restart: ${written.restart} would never complete`,
      'use no or on-failure',
    );
  }
  return written.restart ?? 'no';
}
