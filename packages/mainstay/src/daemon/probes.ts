import { splitInstanceId, type InstanceId } from '@mainstay/protocol';
import type { CoordinatorEvent, InstanceState } from '../core/coordinator/index.ts';
import { LATE_MS } from '../core/machine/index.ts';
import { expand, type Lookup } from '../core/template/index.ts';
import { logFileName } from '../core/log/index.ts';
import type { World } from '../core/coordinator/index.ts';
import type { InstanceFacts } from '../ports/index.ts';
import type { DaemonPorts } from './ports.ts';

/** A deadline that rang late: whether there was an answer in time, nobody saw. */
const STOOD_STILL = { status: 'unknown', message: 'mainstay stood still while it ran' } as const;

/** Runs probes when the decisions ask for one, and answers with what was observed. One at a time per instance. */
export class Probes {
  readonly #running = new Map<InstanceId, AbortController>();
  /** What a kind remembers of one check; anew when the check is another one. */
  readonly #memories = new Map<InstanceId, { of: string; memory: Record<string, unknown> }>();
  readonly #world: () => World;
  readonly #ports: DaemonPorts;
  readonly #post: (event: CoordinatorEvent) => void;

  constructor(ports: DaemonPorts, world: () => World, post: (event: CoordinatorEvent) => void) {
    this.#ports = ports;
    this.#world = world;
    this.#post = post;
  }

  run(instance: InstanceState, incarnation: number, run: number): void {
    const { healthcheck } = instance.plan;
    if (healthcheck === null) return;
    this.cancel(instance.id);
    const controller = new AbortController();
    this.#running.set(instance.id, controller);
    const { clock } = this.#ports;
    const due = clock.now().mono + healthcheck.timeout;
    let late = false;
    const abort = (): void => {
      late = clock.now().mono - due > LATE_MS;
      controller.abort(new DOMException('the deadline is over', 'TimeoutError'));
    };
    // After a standstill everything is due at once: an answer that has come counts.
    const deadline = clock.after(healthcheck.timeout, () => clock.soon(abort));
    const environment = this.#ports.environment(instance.plan, splitInstanceId(instance.id).index);
    const target = expandTarget(healthcheck.target, environment.lookup) as Record<string, unknown>;
    const context = {
      timeoutMs: healthcheck.timeout,
      signal: controller.signal,
      environment: environment.values,
      asUser: environment.asUser,
      workingDirectory: instance.plan.workingDirectory,
      monotonicMs: () => this.#ports.clock.now().mono,
      wallMs: () => this.#ports.clock.now().wall,
      memory: this.#memoryOf(instance.id, healthcheck),
      service: (name: string) => instanceFacts(this.#world(), name, this.#ports.logDirectory),
    };
    void this.#ports.prober.probe(healthcheck.kind, target, context).then((observation) => {
      deadline.cancel();
      if (this.#running.get(instance.id) !== controller) return;
      this.#running.delete(instance.id);
      const { status, message, latencyMs } = late ? { ...observation, ...STOOD_STILL } : observation;
      const at = new Date(this.#ports.clock.now().wall).toISOString();
      this.#ports.checksLog.write(
        `${at} ${instance.id} ${healthcheck.kind} ${status} ${Math.round(latencyMs)}ms ${message}`,
      );
      this.#post({ type: 'observed', instance: instance.id, incarnation, run, status, message });
    });
  }

  /** The result is no longer wanted. */
  cancel(id: InstanceId): void {
    const controller = this.#running.get(id);
    this.#running.delete(id);
    controller?.abort();
  }

  #memoryOf(id: InstanceId, { kind, target }: { kind: string; target: unknown }): Record<string, unknown> {
    const of = JSON.stringify([kind, target]);
    const known = this.#memories.get(id);
    if (known?.of === of) return known.memory;
    const memory = {};
    this.#memories.set(id, { of, memory });
    return memory;
  }

  stop(): void {
    for (const id of this.#running.keys()) this.cancel(id);
  }
}

/** Expands the templates in a target: strings, and strings in lists and maps. */
function expandTarget(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return expand(value, lookup).value;
  if (Array.isArray(value)) return value.map((one) => expandTarget(one, lookup));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expandTarget(one, lookup)]));
  }
  return value;
}

/** The instances of a service, for checks that look at one; null: there is no such service. */
function instanceFacts(world: World, service: string, directory: string): InstanceFacts[] | null {
  const found = world.services.get(service);
  if (found === undefined) return null;
  const streams = found.plan.logging.split ? (['out', 'err'] as const) : [null];
  const logs = streams.map((stream) => `${directory}/${logFileName(service, stream)}`);
  return found.instances.flatMap((id) => {
    const instance = world.instances.get(id);
    if (instance === undefined) return [];
    const { life, plan } = instance;
    return [{ instance: id, pid: life.identity?.pid ?? null, resources: plan.resources, logs }];
  });
}
