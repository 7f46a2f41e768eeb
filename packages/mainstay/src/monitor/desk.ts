import {
  type AlertContext,
  type AlertMessage,
  type AlertRecord,
  type AlertStep,
  type Alerts,
  type Delivery,
  SEND_TIMEOUT_MS,
  type Sights,
  attempted,
  nextLook,
  ready,
  tell,
} from '../core/alert/index.ts';
import type { AlertsPlan } from '../core/plan/index.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import { expandDeep, variablesIn } from '../core/template/index.ts';
import type { SendOutcome, Timer } from '../ports/index.ts';
import type { MonitorPorts } from './ports.ts';

/** A disk that does not answer is the last thing that an alert may wait for, ms. */
const DISK_MS = 5_000;

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
  #timer: Timer | null = null;
  readonly #sending = new Map<string, AbortController>();
  /** Keys of deliveries that are not on the disk yet. */
  readonly #unwritten = new Set<string>();
  readonly #plan: MonitorPlan;
  readonly #ports: MonitorPorts;
  readonly #hooks: Hooks;

  constructor(plan: MonitorPlan, ports: MonitorPorts, alerts: Alerts, hooks: Hooks) {
    this.#plan = plan;
    this.#ports = ports;
    this.#alerts = alerts;
    this.#hooks = hooks;
  }

  get alerts(): Alerts {
    return this.#alerts;
  }

  /** Takes in what is seen; what follows is stored, and then sent. */
  settle(sights: Sights): void {
    const plan = this.#plan.plan.alerts;
    if (plan === null) return;
    const before = this.#alerts;
    const isChanged = this.#take(tell(before, sights, this.#context(plan)));
    if (!isChanged) {
      this.#pump(plan);
      return;
    }
    const known = new Set(before.outbox.map(({ key }) => key));
    const added = this.#alerts.outbox.map(({ key }) => key).filter((key) => !known.has(key));
    for (const key of added) this.#unwritten.add(key);
    let isDone = false;
    const go = (): void => {
      if (isDone) return;
      isDone = true;
      deadline.cancel();
      for (const key of added) this.#unwritten.delete(key);
      this.#pump(plan);
    };
    const deadline = this.#ports.clock.after(DISK_MS, go);
    void this.#hooks.save().then(go);
  }

  /** Ends what is on its way; it is sent again after the next start. */
  stop(): void {
    this.#timer?.cancel();
    for (const controller of this.#sending.values()) controller.abort();
    this.#sending.clear();
  }

  #context(plan: AlertsPlan): AlertContext {
    const { wall } = this.#ports.clock.now();
    return { plan, wall, local: this.#ports.localTime(wall), sending: new Set(this.#sending.keys()) };
  }

  #take({ alerts, records }: AlertStep): boolean {
    for (const one of records) this.#hooks.record(one);
    const isChanged = JSON.stringify(alerts) !== JSON.stringify(this.#alerts);
    this.#alerts = alerts;
    return isChanged;
  }

  #pump(plan: AlertsPlan): void {
    const context = this.#context(plan);
    for (const delivery of ready(this.#alerts, context)) {
      if (!this.#unwritten.has(delivery.key)) this.#send(delivery, plan);
    }
    this.#timer?.cancel();
    const next = nextLook(this.#alerts, this.#context(plan));
    this.#timer = next === null ? null : this.#ports.clock.after(next - context.wall, this.#hooks.again);
  }

  #send(delivery: Delivery, plan: AlertsPlan): void {
    const notifier = plan.notifiers.find(({ name }) => name === delivery.notifier);
    if (notifier === undefined) return;
    const { clock, messenger } = this.#ports;
    const { values, lookup } = this.#ports.environment();
    const controller = new AbortController();
    this.#sending.set(delivery.key, controller);
    const deadline = clock.after(SEND_TIMEOUT_MS, () => controller.abort(new DOMException('too late', 'TimeoutError')));
    const context = {
      timeoutMs: SEND_TIMEOUT_MS,
      signal: controller.signal,
      environment: values,
      variables: variablesIn(notifier.target, lookup),
      workingDirectory: this.#plan.plan.directory,
      wallMs: () => clock.now().wall,
    };
    const target = expandDeep(notifier.target, lookup) as Record<string, unknown>;
    void messenger.send(notifier.kind, target, messageOf(delivery, this.#plan), context).then((outcome) => {
      deadline.cancel();
      if (this.#sending.get(delivery.key) !== controller) return;
      this.#sending.delete(delivery.key);
      this.#heard(delivery.key, outcome);
    });
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
