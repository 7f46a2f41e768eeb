import { HISTORY_MAX_SIZE, type CheckPlan, type Plan, type ServicePlan } from '../core/plan/index.ts';
import type { SeededRandom } from './random.ts';

/** A service with every default; what a test is about is given. */
export function servicePlan(name: string, given: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    type: 'service',
    foreign: null,
    command: [name],
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
    restart: given.type === 'task' ? 'no' : 'always',
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
    logging: { maxSize: 1e7, maxFiles: 5, maxAge: 1e9, split: false, whenFull: 'block', maxLine: 262_144 },
    watch: [],
    scheduledRestart: null,
    runbook: null,
    owner: null,
    objective: null,
    ...given,
  };
}

/** A check with every default; what a test is about is given. */
export function checkPlan(name: string, given: Partial<CheckPlan> = {}): CheckPlan {
  return {
    name,
    kind: 'exec',
    target: {},
    interval: 30_000,
    timeout: 5_000,
    retries: 3,
    successes: 1,
    startPeriod: 0,
    startInterval: 1_000,
    thresholds: [],
    dependsOn: [],
    onFailure: 'alert',
    onWarn: 'alert',
    ...given,
  };
}

export function planOf(services: ServicePlan[], given: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    project: 'sim',
    file: '/sim/mainstay.yaml',
    directory: '/sim',
    environment: null,
    observe: false,
    objective: null,
    history: { maxSize: HISTORY_MAX_SIZE },
    services,
    checks: [],
    restartBudget: { restarts: 60, window: 60_000 },
    dryRun: false,
    sampling: true,
    api: null,
    maintenance: [],
    alerts: null,
    processStatusFile: '/sim/.mainstay/process_status.json',
    ...given,
  };
}

/** The limit of memory of every other service, bytes. */
const SIM_MEMORY = 64 * 1024 ** 2;

/** A system drawn from a seed: up to eight services and tasks in an acyclic graph, each differently configured. */
export function drawPlan(random: SeededRandom): Plan {
  const count = random.between(2, 8);
  const services: ServicePlan[] = [];
  for (let n = 0; n < count; n += 1) {
    const memory = n % 2 === 0 ? SIM_MEMORY : null;
    const service = drawService(random, `s${n}`, services);
    services.push({ ...service, resources: { ...service.resources, memory } });
  }
  return planOf(services, { restartBudget: { restarts: random.pick([3, 10, 60]), window: 60_000 } });
}

function drawService(random: SeededRandom, name: string, earlier: readonly ServicePlan[]): ServicePlan {
  const type = random.chance(0.2) ? 'task' : 'service';
  const readyBy = type === 'task' ? 'start' : random.pick(['start', 'notify', 'log', 'healthcheck'] as const);
  const timeout = random.pick([5_000, 60_000]);
  const checked = readyBy === 'healthcheck' || (type === 'service' && random.chance(0.3));
  const dependsOn = earlier
    .filter(() => random.chance(0.35))
    .map((one) => ({
      service: one.name,
      condition:
        one.type === 'task'
          ? ('service_completed_successfully' as const)
          : random.pick(['service_started', 'service_healthy'] as const),
      restart: random.chance(0.2),
      required: random.chance(0.9),
    }));
  return servicePlan(name, {
    type,
    dependsOn,
    instances: type === 'service' && random.chance(0.2) ? 2 : 1,
    ready:
      readyBy === 'start'
        ? { by: 'start' }
        : readyBy === 'log'
          ? { by: 'log', pattern: 'ready', timeout }
          : { by: readyBy, timeout },
    healthcheck: checked
      ? {
          kind: 'exec',
          target: {},
          interval: 10_000,
          timeout: 2_000,
          retries: random.between(1, 3),
          successes: 1,
          startPeriod: random.pick([0, 10_000]),
          startInterval: 1_000,
          thresholds: [],
          onFailure: random.pick(['restart', 'restart', 'alert']),
        }
      : null,
    watchdog: type === 'service' && random.chance(0.3) ? 10_000 : null,
    restart:
      type === 'task'
        ? random.pick(['no', 'on-failure'])
        : random.pick(['always', 'always', 'on-failure', 'unless-stopped', 'no']),
    restartPolicy: {
      delay: random.pick([0, 500, 2_000]),
      factor: random.pick([1, 2]),
      maxDelay: random.pick([5_000, 30_000]),
      jitter: random.pick([0, 0.1, 0.5]),
      maxAttempts: random.pick([2, 5, 10]),
      window: 600_000,
      resetAfter: random.pick([10_000, 60_000]),
      cooldown: random.chance(0.9) ? random.pick([30_000, 120_000]) : null,
      successExitCodes: random.chance(0.3) ? [143] : [],
      fatalExitCodes: random.chance(0.3) ? [78] : [],
    },
    stopGracePeriod: random.pick([0, 2_000, 10_000]),
    killMode: random.pick(['group', 'group', 'mixed', 'process']),
  });
}
