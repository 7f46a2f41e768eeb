import type { HangEvidence, InstanceId, JournalEvent } from '@mainstay/protocol';
import type { World } from '../../core/coordinator/index.ts';
import type { LogHost, Now } from '../../ports/index.ts';
import type { DaemonPorts } from '../ports.ts';
import type { Samples } from '../samples.ts';
import { bundleOf, textOf, type Failed } from './bundle.ts';

/** Lines, and events of the instance, that go into a bundle. */
const LINES = 50;
const EVENTS = 15;
/** Failures of others that are told, and from how long before (ms). */
const OTHERS = { most: 20, withinMs: 60_000 };

/** Writes a bundle for each failure. */
export class CrashRecorder {
  readonly #ports: Pick<DaemonPorts, 'crashes' | 'machine'> & { logs: LogHost };
  readonly #samples: Samples;
  readonly #events = new Map<InstanceId, JournalEvent[]>();
  readonly #evidence = new Map<InstanceId, { incarnation: number; evidence: HangEvidence }>();
  #failures: { wall: number; instance: InstanceId; service: string; reason: string }[] = [];

  constructor(ports: Pick<DaemonPorts, 'crashes' | 'machine' | 'logs'>, samples: Samples) {
    this.#ports = ports;
    this.#samples = samples;
  }

  /** Remembers the newest events of each instance. */
  happened(event: JournalEvent): void {
    if (event.instance === null) return;
    const events = this.#events.get(event.instance) ?? [];
    events.push(event);
    if (events.length > EVENTS) events.shift();
    this.#events.set(event.instance, events);
  }

  /** Keeps what was found of an incarnation that may be ended now. */
  found(instance: InstanceId, incarnation: number, evidence: HangEvidence): void {
    this.#evidence.set(instance, { incarnation, evidence });
  }

  failed(failed: Failed, world: World, now: Now): void {
    for (const id of this.#events.keys()) if (!world.instances.has(id)) this.#events.delete(id);
    const instance = world.instances.get(failed.instance);
    if (instance === undefined) return;
    const recent = this.#failures.filter(({ wall }) => now.wall - wall < OTHERS.withinMs);
    const { service } = instance;
    this.#failures = [...recent, { wall: now.wall, instance: failed.instance, service, reason: failed.reason }].slice(
      -OTHERS.most,
    );
    const others = recent
      .filter((one) => one.instance !== failed.instance)
      .map((one) => ({ at: new Date(one.wall).toISOString(), service: one.service, reason: one.reason }));
    const bundle = bundleOf(failed, instance, {
      world,
      now,
      lines: this.#ports.logs.tail(failed.instance, LINES),
      samples: this.#samples.of(failed.instance, failed.incarnation),
      evidence: this.#takeEvidence(failed),
      events: this.#events.get(failed.instance) ?? [],
      others,
      machine: this.#ports.machine(),
    });
    this.#ports.crashes.write({ service, at: now.wall, text: textOf(bundle) });
  }

  /** Of the incarnation that failed; what was found of an older one is of no use any more. */
  #takeEvidence({ instance, incarnation }: Failed): HangEvidence | undefined {
    const kept = this.#evidence.get(instance);
    this.#evidence.delete(instance);
    return kept?.incarnation === incarnation ? kept.evidence : undefined;
  }
}
