/** What is to be said: alerts begin, are repeated and end, and each becomes messages that wait. */
import type { AlertFacts, Stage } from './message.ts';
import { wantedOf, type Wanted } from './route.ts';
import type {
  Alert,
  AlertContext,
  AlertRecord,
  AlertStep,
  Alerts,
  Delivery,
  Sights,
  Telling,
  Trouble,
} from './types.ts';

/** Alerts of one message, at most. */
const GROUP_LIMIT = 50;

/** Nothing is known of any alert. */
export const NO_ALERTS: Alerts = { next: 1, open: [], outbox: [], broken: {} };

/** Takes in what is seen now, and the time: everything that follows from both is in the new state. */
export function tell(before: Alerts, sights: Sights, context: AlertContext): AlertStep {
  const draft = new Draft(before, context);
  for (const alert of before.open) {
    const sight = sights.get(alert.source) ?? 'gone';
    if (sight === 'well' || sight === 'gone') draft.close(alert, sight === 'gone');
    else draft.keep(sight === 'unsure' ? alert : updated(alert, sight));
  }
  const known = new Set(before.open.map(({ source }) => source));
  for (const [source, sight] of sights) {
    if (typeof sight !== 'string' && !known.has(source)) draft.open(source, sight);
  }
  return draft.done();
}

/**
 * Somebody takes care of an alert: no reminders and no escalation from now on.
 * @returns null when no such alert is open
 */
export function acknowledge(before: Alerts, id: string, by: string, wall: number): AlertStep | null {
  const alert = before.open.find(({ facts }) => facts.id === id);
  if (alert === undefined) return null;
  const acked = { ...alert, acked: { by, at: wall } };
  return {
    alerts: { ...before, open: before.open.map((one) => (one === alert ? acked : one)) },
    records: [record('alert.acknowledged', alert.facts, `acknowledged by ${by}`)],
  };
}

function record(type: AlertRecord['type'], { id, subject, severity }: AlertFacts, what: string): AlertRecord {
  return { type, message: `alert #${id} of ${subject} ${what}`, data: { id, subject, severity } };
}

/** A later cause is the better one; what is worse stays worse until it is over. */
function updated(alert: Alert, { severity, cause, action, affected, owner, runbook }: Trouble): Alert {
  const worse = severity === 'critical' || alert.facts.severity === 'info' ? severity : alert.facts.severity;
  return { ...alert, facts: { ...alert.facts, severity: worse, cause, action, affected, owner, runbook } };
}

/** The state in the making. */
class Draft {
  readonly #context: AlertContext;
  readonly #open: Alert[] = [];
  readonly #records: AlertRecord[] = [];
  #outbox: Delivery[];
  #next: number;
  readonly #broken: Alerts['broken'];

  constructor({ next, outbox, broken }: Alerts, context: AlertContext) {
    this.#context = context;
    this.#next = next;
    // A notifier that is gone from the file cannot be asked for anything.
    const names = new Set(context.plan.notifiers.map(({ name }) => name));
    this.#outbox = outbox.filter(({ notifier }) => names.has(notifier));
    this.#broken = Object.fromEntries(Object.entries(broken).filter(([name]) => names.has(name)));
  }

  open(source: string, trouble: Trouble): void {
    const { severity, subject, cause, since, action, affected, owner, runbook, except } = trouble;
    const { wall } = this.#context;
    const id = String(this.#next);
    this.#next += 1;
    const facts = { id, severity, subject, cause, since, until: null, action, affected, owner, runbook };
    this.#records.push(record('alert.opened', facts, `opened: ${cause}`));
    this.keep({ source, facts, openedAt: wall, mark: wall.toString(36), except, acked: null, told: [] });
  }

  /** It lasts: whoever is to be told and was not, is; and others are reminded. */
  keep(alert: Alert): void {
    const { wall, plan } = this.#context;
    const names = new Set(plan.notifiers.map(({ name }) => name));
    const told = new Map(alert.told.filter(({ notifier }) => names.has(notifier)).map((one) => [one.notifier, one]));
    for (const wanted of wantedOf(alert, this.#context)) {
      const telling = told.get(wanted.notifier);
      if (telling === undefined) told.set(wanted.notifier, this.#begin(alert, wanted));
      else if (this.#isDue(alert, telling, wanted.remind)) {
        const reminders = telling.reminders + 1;
        this.#queue(
          alert.facts,
          wanted.notifier,
          'reminder',
          `${key(alert, wanted.notifier)}-reminder-${reminders}`,
          telling.thread,
        );
        told.set(wanted.notifier, { ...telling, reminders, at: wall });
      } else if (telling.at > wall) {
        // The clock was set back.
        told.set(wanted.notifier, { ...telling, at: wall });
      }
    }
    this.#open.push({ ...alert, told: [...told.values()] });
  }

  /** It is over: everybody who was told, or is being told, hears of it; once. */
  close(alert: Alert, isGone: boolean): void {
    const { wall, plan, sending } = this.#context;
    const facts = { ...alert.facts, until: wall };
    this.#records.push(record('alert.closed', facts, isGone ? 'ended: it is watched no more' : 'is over'));
    for (const { notifier, thread } of alert.told) {
      if (!plan.notifiers.some(({ name }) => name === notifier)) continue;
      let begins = false;
      // What has not arrived yet is said by the recovery, which tells all of it.
      this.#outbox = this.#outbox.flatMap((one) => {
        if (one.notifier !== notifier || sending.has(one.key) || one.stage === 'closed') return [one];
        const [first, ...rest] = one.alerts.filter(({ id }) => id !== facts.id);
        begins ||= first === undefined && one.key === thread;
        return first === undefined ? [] : [{ ...one, alerts: [first, ...rest] }];
      });
      this.#queue(facts, notifier, 'closed', `${key(alert, notifier)}-closed`, begins ? null : thread);
    }
  }

  done(): AlertStep {
    const alerts = { next: this.#next, open: this.#open, outbox: this.#outbox, broken: this.#broken };
    return { alerts, records: this.#records };
  }

  #begin(alert: Alert, { notifier, escalated }: Wanted): Telling {
    const { wall } = this.#context;
    const stage = escalated ? 'escalated' : 'opened';
    const thread = this.#queue(alert.facts, notifier, stage, `${key(alert, notifier)}-${stage}`, null);
    return { notifier, thread, at: wall, reminders: 0, arrived: false };
  }

  /** Not while an earlier message still waits: it says the same. */
  #isDue({ facts, acked }: Alert, { notifier, at }: Telling, remind: number | null): boolean {
    if (remind === null || acked !== null || this.#context.wall < at + remind) return false;
    return !this.#outbox.some((one) => one.notifier === notifier && one.alerts.some(({ id }) => id === facts.id));
  }

  /** @returns the key of the message that begins the conversation */
  #queue(facts: AlertFacts, notifier: string, stage: Stage, own: string, thread: string | null): string {
    const { wall, plan, sending } = this.#context;
    const isHeld = stage === 'opened' && facts.severity !== 'critical' && plan.group > 0;
    const host = isHeld
      ? this.#outbox.find(
          (one) =>
            one.notifier === notifier &&
            one.stage === 'opened' &&
            one.attempts === 0 &&
            one.alerts.length < GROUP_LIMIT &&
            one.alerts[0].severity !== 'critical' &&
            !sending.has(one.key),
        )
      : undefined;
    if (host !== undefined) {
      const grown: Delivery = { ...host, alerts: [...host.alerts, facts] };
      this.#outbox = this.#outbox.map((one) => (one === host ? grown : one));
      return host.thread;
    }
    const due = isHeld ? wall + plan.group : wall;
    const begun = thread ?? own;
    this.#outbox.push({
      key: own,
      notifier,
      stage,
      alerts: [facts],
      at: wall,
      thread: begun,
      attempts: 0,
      due,
      reason: null,
    });
    return begun;
  }
}

/** The same for every message of an alert to one notifier, and for nothing else. */
function key({ facts, mark }: Alert, notifier: string): string {
  return `${mark}-${facts.id}-${notifier}`;
}
