import type { Plan, ServicePlan } from '../../core/plan/index.ts';

/**
 * What a change needs: nothing but the daemon's knowing (`live`), a signal to the program (`signal`), or
 * a new incarnation (`restart`).
 */
export type Effect = 'live' | 'signal' | 'restart';

/** The effect of changing each field of a service. The one place that says so. */
export const SERVICE_EFFECTS: Record<keyof ServicePlan, Effect> = {
  name: 'restart',
  type: 'restart',
  foreign: 'restart',
  command: 'restart',
  workingDirectory: 'restart',
  envFiles: 'restart',
  environment: 'restart',
  user: 'restart',
  group: 'restart',
  umask: 'restart',
  ulimits: 'restart',
  /** The limits of a control group can be set anew while processes are in it. */
  resources: 'live',
  /** Instances are added or removed; those that stay are not touched. */
  instances: 'live',
  /** Only checked before a start. */
  ports: 'live',
  dependsOn: 'live',
  /** Says when a start is over: it holds from the next start on. */
  ready: 'live',
  healthcheck: 'live',
  /** The program learns of it when it starts. */
  watchdog: 'restart',
  restart: 'live',
  restartPolicy: 'live',
  stopSignal: 'live',
  stopGracePeriod: 'live',
  killMode: 'live',
  logging: 'live',
  watch: 'live',
  scheduledRestart: 'live',
  runbook: 'live',
  owner: 'live',
  objective: 'live',
};

/** Fields of the plan that are compared as a whole; services, checks and alerts are compared apart. */
export const TOP_FIELDS: Record<Exclude<keyof Plan, 'services' | 'checks' | 'alerts'>, boolean> = {
  /** The format of the plan, not the person's business. */
  version: false,
  project: true,
  file: true,
  directory: true,
  environment: true,
  observe: true,
  objective: true,
  history: true,
  restartBudget: true,
  dryRun: true,
  sampling: true,
  maintenance: true,
  api: true,
  processStatusFile: true,
};
