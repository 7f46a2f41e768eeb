import { splitInstanceId, type CheckRun, type InstanceId } from '@mainstay/protocol';
import { judge, targetOf, type CheckTarget } from '../core/check/index.ts';
import type { CoordinatorEvent, InstanceState, World } from '../core/coordinator/index.ts';
import type { CheckPlan } from '../core/plan/index.ts';
import type { InstanceFacts, Observation } from '../ports/index.ts';
import { instanceFacts } from './facts.ts';
import type { Journal } from './journal.ts';
import type { DaemonPorts } from './ports.ts';
import { checkNow, jobOf, startProbe } from './probing/index.ts';

/** An instance's healthcheck, or a check of its own: names cannot be mistaken for ids, which have a slash. */
type Key = InstanceId | string;

/** Runs probes when the decisions ask for one, and answers with what was observed. One at a time per instance and per check. */
export class Probes {
  /** How to cancel what runs. */
  readonly #running = new Map<Key, () => void>();
  /** What a kind remembers of one check; anew when the check is another one. */
  readonly #memories = new Map<Key, { of: string; memory: Record<string, unknown> }>();
  /** Which limits of a healthcheck are exceeded. */
  readonly #over = new Map<InstanceId, { of: string; over: readonly boolean[] }>();
  readonly #world: () => World;
  readonly #ports: DaemonPorts;
  readonly #post: (event: CoordinatorEvent) => void;
  readonly #sampled: Journal['sampled'];

  /** @param sampled told what every run of a healthcheck came to */
  constructor(
    ports: DaemonPorts,
    world: () => World,
    post: (event: CoordinatorEvent) => void,
    sampled: Journal['sampled'],
  ) {
    this.#sampled = sampled;
    this.#ports = ports;
    this.#world = world;
    this.#post = post;
  }

  run({ id, plan }: InstanceState, incarnation: number, run: number): void {
    const { healthcheck } = plan;
    if (healthcheck === null) return;
    const { kind, thresholds } = healthcheck;
    const owner = { service: plan, index: splitInstanceId(id).index };
    // Nothing that was exceeded in an older incarnation, or with other limits, holds.
    const of = JSON.stringify([incarnation, thresholds]);
    this.#start({ id, name: id, owner, plan: healthcheck, thresholds }, (observation) => {
      const before = this.#over.get(id);
      const { over, status, message } = judge(thresholds, before?.of === of ? before.over : [], observation);
      this.#over.set(id, { of, over });
      this.#sampled(`service:${plan.name}`, this.#ports.clock.now().wall, status, observation.latencyMs);
      this.log(id, kind, status, observation.latencyMs, message);
      this.#post({ type: 'observed', instance: id, incarnation, run, status, message });
    });
  }

  /** Runs a check that belongs to no service. */
  check(plan: CheckPlan, run: number): void {
    this.#start(targetOf(plan), ({ status, message, latencyMs, data }) => {
      this.#post({ type: 'check-observed', check: plan.name, run, status, message, latencyMs, data });
    });
  }

  /** Runs checks for somebody who asks, beside those that are due: nothing follows from their results. */
  async now(targets: readonly CheckTarget[], signal: AbortSignal): Promise<CheckRun[]> {
    const { plan, checks } = this.#world();
    const about = (target: CheckTarget) => ({
      // A copy: what the runs that are due remember stays as they left it.
      memory: { ...this.#memoryOf(target) },
      service: this.#facts,
      beat: checks.get(target.id)?.beat,
      over: checks.get(target.id)?.over ?? this.#over.get(target.id as InstanceId)?.over ?? [],
    });
    const runs = await checkNow(targets, plan.directory, this.#ports, about, signal);
    for (const [at, { kind, status, latency_ms: ms, message }] of runs.entries())
      this.log(targets[at]?.id ?? '', kind, status, ms, message);
    return runs;
  }

  /** One readable line per run. */
  log(key: Key, kind: string, status: string, latencyMs: number, message: string): void {
    const at = new Date(this.#ports.clock.now().wall).toISOString();
    this.#ports.checksLog.write(`${at} ${key} ${kind} ${status} ${Math.round(latencyMs)}ms ${message}`);
  }

  /** The result is no longer wanted. */
  cancel(key: Key): void {
    const cancel = this.#running.get(key);
    this.#running.delete(key);
    cancel?.();
  }

  stop(): void {
    for (const key of this.#running.keys()) this.cancel(key);
  }

  /** Forgets what a kind remembers of a check that is gone. */
  forget(key: Key): void {
    this.#memories.delete(key);
  }

  #start(target: CheckTarget, done: (observation: Observation) => void): void {
    const { id } = target;
    this.cancel(id);
    const job = jobOf(target, this.#world().plan.directory, this.#ports);
    const beat = target.owner === null ? this.#world().checks.get(id)?.beat : undefined;
    const about = { memory: this.#memoryOf(target), service: this.#facts, beat };
    const cancel = startProbe(job, about, this.#ports, (observation) => {
      if (this.#running.get(id) !== cancel) return;
      this.#running.delete(id);
      done(observation);
    });
    this.#running.set(id, cancel);
  }

  readonly #facts = (name: string): InstanceFacts[] | null =>
    instanceFacts(this.#world(), name, this.#ports.logDirectory);

  #memoryOf({ id, plan }: CheckTarget): Record<string, unknown> {
    const of = JSON.stringify([plan.kind, plan.target]);
    const known = this.#memories.get(id);
    if (known?.of === of) return known.memory;
    const memory = {};
    this.#memories.set(id, { of, memory });
    return memory;
  }
}
