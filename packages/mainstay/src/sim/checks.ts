import type { InstanceId, JournalEvent, ObservationStatus } from '@mainstay/protocol';
import { placeOf } from '../core/check/index.ts';
import type { CheckPlan, Plan, RemedyPlan } from '../core/plan/index.ts';
import type { Observation } from '../ports/index.ts';
import { askPlan } from './commands.ts';
import { checkPlan } from './plan.ts';
import { CHECK_EFFECTS } from './deaths.ts';
import type { Simulation } from './simulation.ts';
import type { Trouble } from './troubles.ts';

/** The kind of a check whose target is virtual. */
export const SIM_CHECK = 'simulated';

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 5_000;
const RETRIES = 2;
/** The check that comes and goes; nothing depends on it. */
const EXTRA = 'extra';

/** What does nothing to a service: that the right one is restarted is the healthchecks' part of it. */
const REMEDY: RemedyPlan = {
  fail: [
    { do: 'run', command: ['true'], user: null, workingDirectory: '/', timeout: 1_000 },
    { do: 'clean', path: '/tmp/sim', own: false, olderThan: 1_000, match: null, recursive: true },
  ],
  warn: [{ do: 'clean', path: '/tmp/sim', own: false, olderThan: 1_000, match: null, recursive: true }],
  dryRun: false,
};

function check(name: string, dependsOn: string[]): CheckPlan {
  return checkPlan(name, {
    kind: SIM_CHECK,
    target: { of: name },
    interval: INTERVAL_MS,
    timeout: TIMEOUT_MS,
    retries: RETRIES,
    dependsOn,
    thresholds: [{ level: 'warn', measure: 'used', unit: 'percent', side: 'above', limit: 80, clear: 75 }],
  });
}

/** Checks for a drawn system, without a draw: two beside it, and one after each of the first services and of these. */
export function drawChecks(plan: Plan): CheckPlan[] {
  const services = plan.services.slice(0, 2).map(({ name }) => check(`c-${name}`, [name]));
  return [
    { ...check('base', []), remedy: REMEDY },
    check('other', []),
    ...services,
    check('top', ['base', ...services.map((one) => one.name)]),
  ];
}

/** What a target does until it is told otherwise. `frozen`: it never answers; `slow`: close to the timeout. */
type Fault = ObservationStatus | 'frozen' | 'slow';

/** The targets of the checks of one virtual machine, and what must hold of every check. */
export class SimChecks {
  readonly #sim: Simulation;
  readonly #faults = new Map<string, Fault>();
  /** When a target last was, or began to be, not good: monotonic ms. */
  readonly #lastBad = new Map<string, number>();
  readonly #running = new Set<AbortSignal>();
  readonly #runningOf = new Map<string, AbortSignal>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  set(name: string, fault: Fault): void {
    this.#lastBad.set(name, this.#sim.clock.mono);
    this.#faults.set(name, fault);
  }

  /** Another daemon: what the last one ran answers nobody. */
  daemonStarting(): void {
    this.#runningOf.clear();
  }

  /** No target has a fault any more. */
  heal(): void {
    for (const name of this.#faults.keys()) this.set(name, 'pass');
  }

  /** One run. The answer takes a while, or comes with the end of the timeout. */
  probe(target: Record<string, unknown>, signal: AbortSignal): Promise<Observation> {
    const name = String(target['of']);
    const before = this.#runningOf.get(name);
    if (before !== undefined && this.#running.has(before) && !before.aborted)
      this.#sim.invariants.add('runs of a check never overlap', name);
    this.#runningOf.set(name, signal);
    this.#running.add(signal);
    const fault = this.#faults.get(name) ?? 'pass';
    if (fault !== 'pass') this.#lastBad.set(name, this.#sim.clock.mono);
    const takes = fault === 'frozen' ? null : fault === 'slow' ? TIMEOUT_MS - 100 : 20 + placeOf(name, 0) * 500;
    return new Promise((resolve) => {
      const answer = (status: ObservationStatus): void => {
        this.#running.delete(signal);
        resolve({ status, message: fault, latencyMs: takes ?? TIMEOUT_MS, data: { used: fault === 'slow' ? 90 : 10 } });
      };
      signal.addEventListener('abort', () => answer('fail'), { once: true });
      if (takes === null) return;
      const status = fault === 'slow' || fault === 'frozen' ? 'pass' : fault;
      this.#sim.clock.at(takes, () => answer(status));
    });
  }

  /** A failure is told only of what has failed, in time that was observed. */
  told({ type, data }: JournalEvent): void {
    if (type !== 'check.state' || data['to'] !== 'fail') return;
    const name = String(data['check']);
    const since = this.#sim.clock.mono - (this.#lastBad.get(name) ?? -Infinity);
    // Batches wait for the disk.
    if (since > RETRIES * INTERVAL_MS + 120_000)
      this.#sim.invariants.add('a check fails only when its target does', `${name}: good for ${since} ms`);
  }

  /** After the quiet time every check says what is true, or nothing because of what it depends on. */
  checkEnd(): void {
    const world = this.#sim.daemon?.coordinator.world;
    if (world === undefined) return;
    for (const { plan, state } of world.checks.values()) {
      const down = plan.dependsOn.filter((name) => !this.#isUp(name));
      const expected = world.goal === 'down' || down.length > 0 ? 'idle' : 'pass';
      if (state.name !== expected)
        this.#sim.invariants.add(
          'a check says what is true',
          `${plan.name} is ${state.name}, not ${expected}: ${state.reason}`,
        );
    }
    if (world.checks.size !== world.plan.checks.length)
      this.#sim.invariants.add('a check says what is true', 'there are others than in the plan');
  }

  #isUp(name: string): boolean {
    const world = this.#sim.daemon?.coordinator.world;
    const check = world?.checks.get(name);
    if (check !== undefined) return check.plan.dependsOn.every((one) => this.#isUp(one));
    const service = world?.services.get(name);
    if (service === undefined) return true;
    if (service.desired === 'stopped') return false;
    return service.instances.some((id) => {
      const { life, health } = world?.instances.get(id) ?? {};
      // What only alerts may stay unhealthy for ever.
      const isLeft = service.plan.healthcheck?.onFailure === 'alert' && health?.mode === 'unhealthy';
      return (life?.phase === 'ready' && !isLeft) || life?.phase === 'completed';
    });
  }
}

/** What happens to checks: their targets fail, and the operator changes them. */
export const CHECK_TROUBLES: readonly Trouble[] = [
  ...(['fail', 'warn', 'unknown', 'frozen', 'slow', 'pass'] as const).map((fault): Trouble => ({
    name: `a target: ${fault}`,
    by: 'program',
    inject: (sim) => {
      sim.checked.set(sim.random.pick(sim.plan.checks).name, fault);
      return true;
    },
  })),
  {
    name: 'daemon dies at an effect of a check',
    by: 'daemon',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.deaths.afterKind(sim.random.pick(CHECK_EFFECTS));
      return true;
    },
  },
  {
    name: 'an operator asks for a repair',
    by: 'operator',
    inject: (sim) => {
      const { daemon } = sim;
      if (daemon === null || sim.operator.ending !== null) return false;
      const { checks, instances } = daemon.coordinator.world;
      const all = [...checks, ...instances];
      const ill = all.filter(([, { remedy }]) => remedy.name !== 'idle');
      const [subject] = sim.random.pick(ill.length > 0 ? ill : all);
      const instance = instances.get(subject as InstanceId);
      // Whoever asks has seen it fail, whatever the daemon has seen.
      if (instance !== undefined) sim.invariants.asked(instance.service);
      daemon.post({ type: 'repair', subject, level: sim.random.pick(['fail', 'warn']) });
      return true;
    },
  },
  {
    name: 'a check more or less',
    by: 'operator',
    inject: (sim) => {
      if (sim.operator.ending !== null || sim.daemon === null || sim.invariants.planInDoubt) return false;
      const { checks } = sim.plan;
      const others = checks.filter(({ name }) => name !== EXTRA);
      const more = [...checks, check(EXTRA, ['base'])];
      return askPlan(sim, { ...sim.plan, checks: others.length < checks.length ? others : more }, []);
    },
  },
  {
    name: 'other checks',
    by: 'operator',
    inject: (sim) => {
      if (sim.operator.ending !== null || sim.daemon === null || sim.invariants.planInDoubt) return false;
      const [first, ...others] = sim.plan.checks;
      if (first === undefined) return false;
      const interval = first.interval === INTERVAL_MS ? 2 * INTERVAL_MS : INTERVAL_MS;
      const checks = [{ ...first, interval }, ...others.map((one) => ({ ...one, timeout: one.timeout ^ 1 }))];
      return askPlan(sim, { ...sim.plan, checks }, []);
    },
  },
];
