/** How bad it is; routes choose by it. */
export type Severity = 'critical' | 'warning' | 'info';

/** What a message is about: the beginning, a reminder, that nobody has acknowledged it, the end. */
export type Stage = 'opened' | 'reminder' | 'escalated' | 'closed';

/** One alert, as far as people are told of it. */
export interface AlertFacts {
  /** Unique within the project, for ever. */
  id: string;
  severity: Severity;
  /** What it is about, usually the name of a service. */
  subject: string;
  /** One line, no secrets. */
  cause: string;
  /** UTC ms of the first failure. */
  since: number;
  /** UTC ms of the recovery; null while it lasts. */
  until: number | null;
  /** What mainstay does about it; null: nothing. */
  action: string | null;
  /** What else suffers from it. */
  affected: readonly string[];
  owner: string | null;
  runbook: string | null;
}

/** One message to people. Plain JSON: it waits in the store until it is delivered. */
export interface AlertMessage {
  /** The same for every attempt to deliver this message, and for no other. */
  key: string;
  stage: Stage;
  /** A message of `mainstay alerts test`. */
  isTest: boolean;
  project: string;
  host: string;
  /** UTC ms of what it tells of; it may arrive much later. */
  at: number;
  /** At least one; several when they began together and are told together. */
  alerts: readonly [AlertFacts, ...AlertFacts[]];
  /** The message that began the conversation this one belongs to: its `key`. */
  thread: string;
  /** Where to read more; null: nowhere. */
  link: string | null;
}

/** How long one attempt to deliver a message may take. */
export const SEND_TIMEOUT_MS = 30_000;
