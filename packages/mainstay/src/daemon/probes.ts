import { splitInstanceId, type InstanceId } from '@mainstay/protocol';
import type { CoordinatorEvent, InstanceState, World } from '../core/coordinator/index.ts';
import { LATE_MS } from '../core/machine/index.ts';
import type { CheckPlan } from '../core/plan/index.ts';
import { expandDeep } from '../core/template/index.ts';
import type { Observation } from '../ports/index.ts';
import { instanceFacts } from './facts.ts';
import type { DaemonPorts, ServiceEnvironment } from './ports.ts';

/** A deadline that rang late: whether there was an answer in time, nobody saw. */
const STOOD_STILL = { status: 'unknown', message: 'mainstay stood still while it ran' } as const;

/** An instance's healthcheck, or a check of its own: names cannot be mistaken for ids, which have a slash. */
type Key = InstanceId | string;

/** What is to be run, and where. */
interface Job {
  kind: string;
  target: Record<string, unknown>;
  timeout: number;
  workingDirectory: string;
  environment: ServiceEnvironment;
}

/** Runs probes when the decisions ask for one, and answers with what was observed. One at a time per instance and per check. */
export class Probes {
  readonly #running = new Map<Key, AbortController>();
  /** What a kind remembers of one check; anew when the check is another one. */
  readonly #memories = new Map<Key, { of: string; memory: Record<string, unknown> }>();
  readonly #world: () => World;
  readonly #ports: DaemonPorts;
  readonly #post: (event: CoordinatorEvent) => void;

  constructor(ports: DaemonPorts, world: () => World, post: (event: CoordinatorEvent) => void) {
    this.#ports = ports;
    this.#world = world;
    this.#post = post;
  }

  run(instance: InstanceState, incarnation: number, run: number): void {
    const { id, plan } = instance;
    if (plan.healthcheck === null) return;
    const { kind, target, timeout } = plan.healthcheck;
    const environment = this.#ports.environment(plan, splitInstanceId(id).index);
    const job = { kind, target, timeout, workingDirectory: plan.workingDirectory, environment };
    this.#start(id, job, ({ status, message, latencyMs }) => {
      this.log(id, kind, status, latencyMs, message);
      this.#post({ type: 'observed', instance: id, incarnation, run, status, message });
    });
  }

  /** Runs a check that belongs to no service. */
  check({ name, kind, target, timeout }: CheckPlan, run: number): void {
    const workingDirectory = this.#world().plan.directory;
    const job = { kind, target, timeout, workingDirectory, environment: this.#ports.projectEnvironment() };
    this.#start(name, job, ({ status, message, latencyMs, data }) => {
      this.#post({ type: 'check-observed', check: name, run, status, message, latencyMs, data });
    });
  }

  /** One readable line per run. */
  log(key: Key, kind: string, status: string, latencyMs: number, message: string): void {
    const at = new Date(this.#ports.clock.now().wall).toISOString();
    this.#ports.checksLog.write(`${at} ${key} ${kind} ${status} ${Math.round(latencyMs)}ms ${message}`);
  }

  /** The result is no longer wanted. */
  cancel(key: Key): void {
    const controller = this.#running.get(key);
    this.#running.delete(key);
    controller?.abort();
  }

  stop(): void {
    for (const key of this.#running.keys()) this.cancel(key);
  }

  /** Forgets what a kind remembers of a check that is gone. */
  forget(key: Key): void {
    this.#memories.delete(key);
  }

  #start(key: Key, job: Job, done: (observation: Observation) => void): void {
    this.cancel(key);
    const controller = new AbortController();
    this.#running.set(key, controller);
    const { clock, prober, logDirectory } = this.#ports;
    const due = clock.now().mono + job.timeout;
    let late = false;
    const abort = (): void => {
      late = clock.now().mono - due > LATE_MS;
      controller.abort(new DOMException('the deadline is over', 'TimeoutError'));
    };
    // After a standstill everything is due at once: an answer that has come counts.
    const deadline = clock.after(job.timeout, () => clock.soon(abort));
    const context = {
      timeoutMs: job.timeout,
      signal: controller.signal,
      environment: job.environment.values,
      asUser: job.environment.asUser,
      workingDirectory: job.workingDirectory,
      monotonicMs: () => clock.now().mono,
      wallMs: () => clock.now().wall,
      memory: this.#memoryOf(key, job),
      service: (name: string) => instanceFacts(this.#world(), name, logDirectory),
    };
    const target = expandDeep(job.target, job.environment.lookup) as Record<string, unknown>;
    void prober.probe(job.kind, target, context).then((observation) => {
      deadline.cancel();
      if (this.#running.get(key) !== controller) return;
      this.#running.delete(key);
      done(late ? { ...observation, ...STOOD_STILL } : observation);
    });
  }

  #memoryOf(key: Key, { kind, target }: Job): Record<string, unknown> {
    const of = JSON.stringify([kind, target]);
    const known = this.#memories.get(key);
    if (known?.of === of) return known.memory;
    const memory = {};
    this.#memories.set(key, { of, memory });
    return memory;
  }
}
