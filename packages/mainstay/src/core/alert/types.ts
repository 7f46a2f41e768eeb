import type { AlertsPlan } from '../plan/index.ts';
import type { AlertFacts, Severity, Stage } from './message.ts';

/** Something that is wrong, as its source tells it. */
export interface Trouble {
  severity: Severity;
  /** What it is about: the name of a service or a check. Routes choose by it. */
  subject: string;
  cause: string;
  /** UTC ms of the first failure. */
  since: number;
  action: string | null;
  affected: readonly string[];
  owner: string | null;
  runbook: string | null;
  /** A notifier that is not asked, because it is what is wrong; null: all are. */
  except: string | null;
}

/** What is seen of a source now: trouble, that it is well, or neither (`unsure`: nothing begins and nothing ends). */
export type Sight = Trouble | 'well' | 'unsure';

/** Everything that is watched, by a name that stays the same: `service/web`, `check/site`, `notifier/ops`. */
export type Sights = ReadonlyMap<string, Sight>;

/** Who has been told of an alert, or will be. */
export interface Telling {
  notifier: string;
  /** Key of the message that began the conversation. */
  thread: string;
  /** UTC ms of the newest message. */
  at: number;
  /** How many reminders there were. */
  reminders: number;
  /** The first message has arrived, for all that is known. */
  arrived: boolean;
}

/** An alert that lasts. */
export interface Alert {
  source: string;
  facts: AlertFacts;
  /** UTC ms at which it was opened here. */
  openedAt: number;
  /** Distinguishes it from any other of the same id, also when the store was lost meanwhile. */
  mark: string;
  except: string | null;
  acked: { by: string; at: number } | null;
  told: readonly Telling[];
}

/** A message that waits to be delivered. */
export interface Delivery {
  key: string;
  notifier: string;
  stage: Stage;
  alerts: readonly [AlertFacts, ...AlertFacts[]];
  /** UTC ms of what it tells of. */
  at: number;
  thread: string;
  /** Attempts that failed. */
  attempts: number;
  /** UTC ms before which it is not tried. */
  due: number;
  /** Why the newest attempt failed; null: none was made. */
  reason: string | null;
}

/** Everything that is remembered of alerts. Plain JSON: stored together with the events that changed it. */
export interface Alerts {
  /** Number of the next alert. */
  next: number;
  open: readonly Alert[];
  /** In the order in which they are to be sent. */
  outbox: readonly Delivery[];
  /** Notifiers whose newest attempt failed for good, by name. */
  broken: Readonly<Record<string, { at: number; reason: string }>>;
}

/** The moment, and what is configured. */
export interface AlertContext {
  plan: AlertsPlan;
  /** UTC ms. */
  wall: number;
  /** The same moment in local time: 0 is Sunday; minutes after midnight. */
  local: { day: number; minute: number };
  /** Keys of deliveries that are on their way at this moment. */
  sending: ReadonlySet<string>;
}

/** What happened, for the journal. */
export interface AlertRecord {
  type: 'alert.opened' | 'alert.closed' | 'alert.acknowledged' | 'alert.delivered' | 'alert.undeliverable';
  message: string;
  data: Readonly<Record<string, string | number>>;
}

export interface AlertStep {
  alerts: Alerts;
  records: readonly AlertRecord[];
}
