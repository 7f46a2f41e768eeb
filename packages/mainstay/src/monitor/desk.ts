import {
  type AlertMessage,
  type AlertRecord,
  type AlertStep,
  type Alerts,
  type Delivery,
  type Sights,
  attempted,
  tell,
} from '../core/alert/index.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import { Courier } from '../delivery/courier.ts';
import type { SendOutcome } from '../ports/index.ts';
import type { MonitorPorts } from './ports.ts';

interface Hooks {
  /** Something is to be looked at again: asks for {@link Desk.settle}. */
  again: () => void;
  /** Stores everything; resolves when it is on the disk. */
  save: () => Promise<void>;
  record: (record: AlertRecord) => void;
}

/**
 * What people are told. A message is stored before it is sent, and forgotten when it has arrived: a monitor that dies in between sends it
 * again, with the same key.
 */
export class Desk {
  #alerts: Alerts;
  readonly #courier: Courier;
  readonly #plan: MonitorPlan;
  readonly #ports: MonitorPorts;
  readonly #hooks: Hooks;

  constructor(plan: MonitorPlan, ports: MonitorPorts, alerts: Alerts, hooks: Hooks) {
    this.#plan = plan;
    this.#ports = ports;
    this.#alerts = alerts;
    this.#hooks = hooks;
    this.#courier = new Courier(ports, {
      environment: () => ports.environment(),
      directory: () => plan.plan.directory,
      messageOf: (delivery) => messageOf(delivery, plan),
      heard: (key, outcome) => this.#heard(key, outcome),
      again: hooks.again,
    });
  }

  get alerts(): Alerts {
    return this.#alerts;
  }

  /** Takes in what is seen; what follows is stored, and then sent. */
  settle(sights: Sights): void {
    const plan = this.#plan.plan.alerts;
    if (plan === null) return;
    const before = this.#alerts;
    const isChanged = this.#take(tell(before, sights, this.#courier.context(plan)));
    const deliver = (): void => this.#courier.deliver(this.#alerts, plan);
    if (!isChanged) {
      deliver();
      return;
    }
    this.#courier.hold(before, this.#alerts);
    this.#courier.release(this.#hooks.save(), deliver);
  }

  /** Ends what is on its way; it is sent again after the next start. */
  stop(): void {
    this.#courier.stop();
  }

  #take({ alerts, records }: AlertStep): boolean {
    for (const one of records) this.#hooks.record(one);
    const isChanged = JSON.stringify(alerts) !== JSON.stringify(this.#alerts);
    this.#alerts = alerts;
    return isChanged;
  }

  #heard(key: string, outcome: SendOutcome): void {
    const { clock, random } = this.#ports;
    this.#take(attempted(this.#alerts, key, outcome, clock.now().wall, random.next()));
    void this.#hooks.save();
    this.#hooks.again();
  }
}

/** A message as it is sent. */
export function messageOf(delivery: Delivery, { id, plan }: MonitorPlan, isTest = false): AlertMessage {
  const { key, stage, alerts, at, thread } = delivery;
  const link = plan.alerts?.publicUrl ?? null;
  return { key, stage, isTest, project: plan.project, host: id, at, alerts, thread, link };
}
