import { MainstayError } from '@mainstay/protocol';
import {
  type AlertContext,
  type AlertMessage,
  type AlertRecord,
  type AlertStep,
  type Alerts,
  type Delivery,
  type Sight,
  NO_ALERTS,
  SEND_TIMEOUT_MS,
  acknowledge,
  attempted,
  nextLook,
  ready,
  sightsOf,
  tell,
} from '../core/alert/index.ts';
import type { CoordinatorEvent, World } from '../core/coordinator/index.ts';
import type { AlertsPlan } from '../core/plan/index.ts';
import { expandDeep, variablesIn } from '../core/template/index.ts';
import type { SendOutcome, Timer } from '../ports/index.ts';
import type { Journal } from './journal.ts';
import type { DaemonPorts } from './ports.ts';

/** The fact that holds everything that is remembered of alerts. */
const FACT = 'alerts';
/** A disk that does not answer is the last thing that an alert may wait for. */
const DISK_MS = 5_000;

/** What was stored; nothing when it cannot be read. */
function storedAlerts(facts: Readonly<Record<string, string>>): Alerts {
  const stored = facts[FACT];
  return stored === undefined || stored === '' ? NO_ALERTS : (JSON.parse(stored) as Alerts);
}

/** Adds what it sees to what is seen of services and checks. */
interface Others {
  addSights(sights: Map<string, Sight>): void;
}

/**
 * Turns what the daemon knows into alerts, and delivers them. What is to be said is stored in the transaction of the events that it
 * follows from, and sent when that is on the disk: a daemon that dies in between sends it after its next start.
 */
export class AlertDesk {
  #alerts: Alerts;
  #isDirty = true;
  #timer: Timer | null = null;
  readonly #sending = new Map<string, AbortController>();
  /** Keys of deliveries that are not on the disk yet. */
  readonly #unwritten = new Set<string>();
  readonly #ports: DaemonPorts;
  readonly #world: () => World;
  readonly #journal: Journal;
  readonly #commit: () => void;
  readonly #post: (event: CoordinatorEvent) => void;
  readonly #others: Others;

  /**
   * @param post takes what incidents are to take note of
   * @param commit asks for {@link settle}, and for what it gathered to be written
   * @param others see more than services and checks
   */
  constructor(
    ports: DaemonPorts,
    world: () => World,
    journal: Journal,
    facts: Readonly<Record<string, string>>,
    post: (event: CoordinatorEvent) => void,
    commit: () => void,
    others: Others,
  ) {
    this.#ports = ports;
    this.#world = world;
    this.#journal = journal;
    this.#alerts = storedAlerts(facts);
    this.#commit = commit;
    this.#post = post;
    this.#others = others;
    journal.listen(({ type }) => {
      if (!type.startsWith('alert.')) this.#isDirty = true;
    });
  }

  /** What is open, waits and is broken. */
  get alerts(): Alerts {
    return this.#alerts;
  }

  /** Something is seen otherwise than before. */
  look(): void {
    this.#isDirty = true;
    this.#commit();
  }

  /**
   * Before a commit: what follows from what changed. The caller tells by {@link written} how that was written.
   * @returns whether there is anything to send afterwards
   */
  settle(): boolean {
    const plan = this.#plan();
    if (plan === null || !this.#isDirty) return false;
    this.#isDirty = false;
    const names = plan.notifiers.map(({ name }) => name);
    const before = this.#alerts;
    const sights = new Map(sightsOf(this.#world(), before, names, this.#ports.clock.now()));
    this.#others.addSights(sights);
    this.#take(tell(before, sights, this.#context(plan)));
    const known = new Set(before.outbox.map(({ key }) => key));
    for (const { key } of this.#alerts.outbox) if (!known.has(key)) this.#unwritten.add(key);
    return true;
  }

  /** Sends what is due once it is on the disk, or after a while without that. */
  written(written: Promise<void>): void {
    const keys = [...this.#unwritten];
    let isDone = false;
    const go = (): void => {
      if (isDone) return;
      isDone = true;
      deadline.cancel();
      for (const key of keys) this.#unwritten.delete(key);
      this.#pump();
    };
    const deadline = this.#ports.clock.after(DISK_MS, go);
    written.then(go, () => undefined);
  }

  /**
   * @throws MainstayError `refused` when no such alert is open
   */
  acknowledge(id: string, by: string): void {
    const step = acknowledge(this.#alerts, id, by, this.#ports.clock.now().wall);
    const subject = this.#alerts.open.find(({ facts }) => facts.id === id)?.facts.subject ?? '';
    if (step === null) {
      throw new MainstayError('refused', `cannot acknowledge alert ${id}: no such alert is open`, 'mainstay alerts');
    }
    this.#take(step);
    this.#note(step, [subject]);
    this.#commit();
  }

  /** Ends what is on its way; the next daemon sends it again. */
  stop(): void {
    this.#timer?.cancel();
    for (const controller of this.#sending.values()) controller.abort();
    this.#sending.clear();
  }

  #plan(): AlertsPlan | null {
    return this.#world().plan.alerts;
  }

  #context(plan: AlertsPlan): AlertContext {
    const { wall } = this.#ports.clock.now();
    return { plan, wall, local: this.#ports.localTime(wall), sending: new Set(this.#sending.keys()) };
  }

  #take({ alerts, records }: AlertStep): void {
    const { wall } = this.#ports.clock.now();
    for (const one of records) this.#journal.record({ ...one, instance: null, incarnation: null }, wall);
    const text = JSON.stringify(alerts);
    if (text !== JSON.stringify(this.#alerts)) this.#journal.fact(FACT, text, true);
    this.#alerts = alerts;
  }

  #pump(): void {
    const plan = this.#plan();
    if (plan === null) return;
    const context = this.#context(plan);
    for (const delivery of ready(this.#alerts, context)) {
      if (!this.#unwritten.has(delivery.key)) this.#send(delivery, plan);
    }
    this.#timer?.cancel();
    const next = nextLook(this.#alerts, this.#context(plan));
    this.#timer = next === null ? null : this.#ports.clock.after(next - context.wall, () => this.look());
  }

  #send(delivery: Delivery, plan: AlertsPlan): void {
    const notifier = plan.notifiers.find(({ name }) => name === delivery.notifier);
    if (notifier === undefined) return;
    const { clock, messenger } = this.#ports;
    const { values, lookup } = this.#ports.projectEnvironment();
    const controller = new AbortController();
    this.#sending.set(delivery.key, controller);
    const deadline = clock.after(SEND_TIMEOUT_MS, () => controller.abort(new DOMException('too late', 'TimeoutError')));
    const target = expandDeep(notifier.target, lookup) as Record<string, unknown>;
    const context = {
      timeoutMs: SEND_TIMEOUT_MS,
      signal: controller.signal,
      environment: values,
      variables: variablesIn(notifier.target, lookup),
      workingDirectory: this.#world().plan.directory,
      wallMs: () => clock.now().wall,
    };
    void messenger.send(notifier.kind, target, this.#messageOf(delivery, plan), context).then((outcome) => {
      deadline.cancel();
      if (this.#sending.get(delivery.key) !== controller) return;
      this.#sending.delete(delivery.key);
      this.#heard(delivery.key, outcome);
    });
  }

  #heard(key: string, outcome: SendOutcome): void {
    const { clock, random } = this.#ports;
    const { broken, outbox } = this.#alerts;
    const delivery = outbox.find((one) => one.key === key);
    const step = attempted(this.#alerts, key, outcome, clock.now().wall, random.next());
    this.#take(step);
    this.#note(step, delivery?.alerts.map(({ subject }) => subject) ?? []);
    // That a notifier fails, or works again, is trouble of its own.
    this.#isDirty ||= broken !== this.#alerts.broken;
    this.#commit();
    this.#pump();
  }

  #note({ records }: AlertStep, subjects: string[]): void {
    for (const one of records) this.#post({ type: 'told', subjects: [...new Set(subjects)], text: briefly(one) });
  }

  #messageOf({ key, stage, alerts, at, thread }: Delivery, plan: AlertsPlan): AlertMessage {
    const { project } = this.#world().plan;
    return { key, stage, isTest: false, project, host: this.#ports.hostName, at, alerts, thread, link: plan.publicUrl };
  }
}

/** For an incident: numbers of alerts are not those of incidents. */
function briefly({ type, message, data }: AlertRecord): string {
  if (type === 'alert.delivered') return `${data['notifier']} was told (${data['stage']})`;
  return type === 'alert.undeliverable' ? `${data['notifier']} could not be told (${data['stage']})` : message;
}
