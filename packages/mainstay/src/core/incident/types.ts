import type { FailureKind } from '@mainstay/protocol';
import type { Now } from '../world/index.ts';

export type Severity = 'warning' | 'critical';

/** What is wrong with something, whatever else is. */
export type OwnFailure = Exclude<FailureKind, 'dependency'>;

/**
 * How something that is watched is: `trouble` is confirmed; `unclear` is neither good nor bad (not observed, starting,
 * held back by something else, in maintenance): it opens nothing and closes nothing; `off` is not wanted.
 */
export type Condition =
  | { name: 'good' }
  | { name: 'unclear'; reason: string }
  | { name: 'off'; reason: string }
  | { name: 'trouble'; severity: Severity; reason: string; since: Now; failure: OwnFailure };

/** A service or a check, by its name: they share one name space. */
export interface Subject {
  name: string;
  kind: 'service' | 'check';
  condition: Condition;
  /** All that it needs, directly or not. */
  needs: readonly string[];
}

/** Something that happened in this turn. */
export interface Happening {
  subject: string;
  /** `observation`: what was seen; `action`: what mainstay did; `operator`: what a person did; `delivery`: who was told. */
  what: 'observation' | 'action' | 'operator' | 'delivery';
  text: string;
}

export interface TimelineEntry extends Happening {
  /** UTC ms. */
  at: number;
}

/** Something that an incident is about. */
export interface Involved {
  name: string;
  kind: Subject['kind'];
  reason: string;
  /** What was wrong at first. An older version did not write it down. */
  failure?: OwnFailure;
  /** Present: it did not recover, it is not wanted any more. */
  isOff?: true;
  /** UTC ms of the first failed observation; of the first good one, null while there is none. */
  from: number;
  until: number | null;
}

/** Plain JSON: stored as it is. All times UTC ms. */
export interface Incident {
  id: number;
  /** Name of what broke first. */
  cause: string;
  severity: Severity;
  /** What is wrong, in a line. */
  title: string;
  firstFailureAt: number;
  detectedAt: number;
  /** When something was first done about it. */
  actionAt: number | null;
  /** The first good observation of everything that is involved; null: not yet. */
  recoveredAt: number | null;
  closedAt: number | null;
  /** Who put it right. */
  by: 'mainstay' | 'operator' | 'itself' | null;
  /** The incident that this one turned out to be a part of. */
  mergedInto: number | null;
  involved: Involved[];
  /** Checks that say nothing because of it. */
  suppressed: string[];
  timeline: TimelineEntry[];
  /** Entries that were left out of the middle of the timeline. */
  omitted: number;
}

/** Plain JSON: stored as it is. */
export interface Incidents {
  /** Number of the next one. */
  next: number;
  /** In the order in which they were opened. */
  open: Incident[];
}

export type IncidentEffect =
  | { type: 'opened'; incident: Incident }
  /** Its cause, its severity or what is involved is another. */
  | { type: 'updated'; incident: Incident; text: string }
  | { type: 'closed'; incident: Incident };

export interface Observed {
  /** In dependency order: what is needed comes before what needs it. */
  subjects: readonly Subject[];
  happened: readonly Happening[];
  now: Now;
}
