/** Between decisions about alerts and notifiers: the way of a message, the same for the daemon and the monitor. */
import {
  type AlertContext,
  type AlertMessage,
  type Alerts,
  type Delivery,
  SEND_TIMEOUT_MS,
  nextLook,
  ready,
} from '../core/alert/index.ts';
import type { AlertsPlan, NotifierPlan } from '../core/plan/index.ts';
import { expandDeep, variablesIn } from '../core/template/index.ts';
import type { Clock, Messenger, SendOutcome, Timer } from '../ports/index.ts';

/** A disk that does not answer is the last thing that an alert may wait for, ms. */
const DISK_MS = 5_000;

/** The world, as a courier needs it. */
export interface CourierPorts {
  clock: Clock;
  messenger: Messenger;
  /** A moment (UTC ms) in local time: 0 is Sunday; minutes after midnight. */
  localTime(wall: number): { day: number; minute: number };
}

/** Whom a courier works for. */
interface Sender {
  /** The environment of programs, and how references in targets are looked up. Never throws. */
  environment(): {
    values: Readonly<Record<string, string>>;
    lookup: (name: string) => string | undefined;
  };
  /** Absolute: where programs of notifiers run. */
  directory(): string;
  messageOf(delivery: Delivery): AlertMessage;
  /** What became of an attempt. */
  heard(key: string, outcome: SendOutcome): void;
  /** Something is due: alerts are to be looked at again. */
  again(): void;
}

/** Takes messages of an outbox to people: not before they are on the disk, unless that takes too long, and each within a deadline. */
export class Courier {
  readonly #ports: CourierPorts;
  readonly #sender: Sender;
  readonly #sending = new Map<string, AbortController>();
  /** Keys of deliveries that are not on the disk yet. */
  readonly #unwritten = new Set<string>();
  #timer: Timer | null = null;

  constructor(ports: CourierPorts, sender: Sender) {
    this.#ports = ports;
    this.#sender = sender;
  }

  /** This moment, for decisions about alerts. */
  context(plan: AlertsPlan): AlertContext {
    const { wall } = this.#ports.clock.now();
    return { plan, wall, local: this.#ports.localTime(wall), sending: new Set(this.#sending.keys()) };
  }

  /** Holds back what is new in the outbox. */
  hold(before: Alerts, after: Alerts): void {
    const known = new Set(before.outbox.map(({ key }) => key));
    for (const { key } of after.outbox) if (!known.has(key)) this.#unwritten.add(key);
  }

  /** What is held back now is let go, and `go` called, once `written` is resolved or the disk has had its time. */
  release(written: Promise<void>, go: () => void): void {
    const keys = [...this.#unwritten];
    let isDone = false;
    const letGo = (): void => {
      if (isDone) return;
      isDone = true;
      deadline.cancel();
      for (const key of keys) this.#unwritten.delete(key);
      go();
    };
    const deadline = this.#ports.clock.after(DISK_MS, letGo);
    written.then(letGo, () => undefined);
  }

  /** Begins every delivery that is due, and looks again when the next one is. */
  deliver(alerts: Alerts, plan: AlertsPlan): void {
    const context = this.context(plan);
    for (const delivery of ready(alerts, context)) {
      const notifier = plan.notifiers.find(({ name }) => name === delivery.notifier);
      if (notifier !== undefined && !this.#unwritten.has(delivery.key)) this.#send(delivery, notifier);
    }
    this.#timer?.cancel();
    const next = nextLook(alerts, this.context(plan));
    this.#timer = next === null ? null : this.#ports.clock.after(next - context.wall, () => this.#sender.again());
  }

  /** Ends what is on its way; it is sent again after the next start. */
  stop(): void {
    this.#timer?.cancel();
    for (const controller of this.#sending.values()) controller.abort();
    this.#sending.clear();
  }

  #send(delivery: Delivery, { kind, target }: NotifierPlan): void {
    const { clock, messenger } = this.#ports;
    const { values, lookup } = this.#sender.environment();
    const controller = new AbortController();
    this.#sending.set(delivery.key, controller);
    const deadline = clock.after(SEND_TIMEOUT_MS, () => controller.abort(new DOMException('too late', 'TimeoutError')));
    const context = {
      timeoutMs: SEND_TIMEOUT_MS,
      signal: controller.signal,
      environment: values,
      variables: variablesIn(target, lookup),
      workingDirectory: this.#sender.directory(),
      wallMs: () => clock.now().wall,
    };
    const expanded = expandDeep(target, lookup) as Record<string, unknown>;
    void messenger.send(kind, expanded, this.#sender.messageOf(delivery), context).then((outcome) => {
      deadline.cancel();
      if (this.#sending.get(delivery.key) !== controller) return;
      this.#sending.delete(delivery.key);
      this.#sender.heard(delivery.key, outcome);
    });
  }
}
