import { MainstayError } from '@mainstay/protocol';
import {
  type AlertMessage,
  type AlertRecord,
  type AlertStep,
  type Alerts,
  type Delivery,
  type Sight,
  NO_ALERTS,
  acknowledge,
  attempted,
  sightsOf,
  tell,
} from '../core/alert/index.ts';
import type { CoordinatorEvent, World } from '../core/coordinator/index.ts';
import type { AlertsPlan } from '../core/plan/index.ts';
import type { SendOutcome } from '../ports/index.ts';
import { Courier } from '../delivery/courier.ts';
import type { Journal } from './journal.ts';
import type { DaemonPorts } from './ports.ts';

/** The fact that holds everything that is remembered of alerts. */
const FACT = 'alerts';

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
  readonly #courier: Courier;
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
    this.#courier = new Courier(ports, {
      environment: () => ports.projectEnvironment(),
      directory: () => world().plan.directory,
      messageOf: (delivery) => this.#messageOf(delivery),
      heard: (key, outcome) => this.#heard(key, outcome),
      again: () => this.look(),
    });
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
    this.#take(tell(before, sights, this.#courier.context(plan)));
    this.#courier.hold(before, this.#alerts);
    return true;
  }

  /** Sends what is due once it is on the disk, or after a while without that. */
  written(written: Promise<void>): void {
    this.#courier.release(written, () => this.#deliver());
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
    this.#courier.stop();
  }

  #plan(): AlertsPlan | null {
    return this.#world().plan.alerts;
  }

  #take({ alerts, records }: AlertStep): void {
    const { wall } = this.#ports.clock.now();
    for (const one of records) this.#journal.record({ ...one, instance: null, incarnation: null }, wall);
    const text = JSON.stringify(alerts);
    if (text !== JSON.stringify(this.#alerts)) this.#journal.fact(FACT, text, true);
    this.#alerts = alerts;
  }

  #deliver(): void {
    const plan = this.#plan();
    if (plan !== null) this.#courier.deliver(this.#alerts, plan);
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
    this.#deliver();
  }

  #note({ records }: AlertStep, subjects: string[]): void {
    for (const one of records) this.#post({ type: 'told', subjects: [...new Set(subjects)], text: briefly(one) });
  }

  #messageOf({ key, stage, alerts, at, thread }: Delivery): AlertMessage {
    const { project } = this.#world().plan;
    const link = this.#plan()?.publicUrl ?? null;
    return { key, stage, isTest: false, project, host: this.#ports.hostName, at, alerts, thread, link };
  }
}

/** For an incident: numbers of alerts are not those of incidents. */
function briefly({ type, message, data }: AlertRecord): string {
  if (type === 'alert.delivered') return `${data['notifier']} was told (${data['stage']})`;
  return type === 'alert.undeliverable' ? `${data['notifier']} could not be told (${data['stage']})` : message;
}
