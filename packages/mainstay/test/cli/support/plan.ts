import type { Plan, ServicePlan } from '../../../src/core/plan/index.ts';

export function emptyPlan(services: ServicePlan[] = []): Plan {
  return {
    version: 1,
    project: 'shop',
    file: '/srv/shop/mainstay.yaml',
    directory: '/srv/shop',
    environment: null,
    objective: null,
    services,
    restartBudget: { restarts: 60, window: 60_000 },
    maintenance: [],
    processStatusFile: '/srv/shop/process_status.json',
  };
}

export function servicePlan(name: string, values: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    type: 'service',
    command: ['sleep', '1000'],
    workingDirectory: '/',
    envFiles: [],
    environment: {},
    user: null,
    group: null,
    umask: null,
    ulimits: {},
    resources: { memory: null, memoryReservation: null, cpus: null, pids: null },
    instances: 1,
    ports: [],
    dependsOn: [],
    ready: { by: 'start' },
    healthcheck: null,
    watchdog: null,
    restart: 'always',
    restartPolicy: {
      delay: 500,
      factor: 2,
      maxDelay: 30_000,
      jitter: 0.1,
      maxAttempts: 10,
      window: 600_000,
      resetAfter: 60_000,
      cooldown: 300_000,
      successExitCodes: [],
      fatalExitCodes: [],
    },
    stopSignal: 'SIGTERM',
    stopGracePeriod: 10_000,
    killMode: 'group',
    logging: {
      maxSize: 10_000_000,
      maxFiles: 5,
      maxAge: 86_400_000,
      split: false,
      whenFull: 'block',
      maxLine: 262_144,
    },
    watch: [],
    scheduledRestart: null,
    runbook: null,
    ...values,
  };
}
