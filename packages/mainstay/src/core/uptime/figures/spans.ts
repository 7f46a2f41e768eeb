import type { Standing, StandingInterval, Subject } from '@mainstay/protocol';

/** UTC ms; `until` itself is not part of it. */
export interface Period {
  since: number;
  until: number;
}

/** A piece of a subject's time. Spans of one subject follow each other without gaps. */
export interface Span {
  state: Standing;
  from: number;
  to: number;
  knownAt: number;
  cause: string;
  byOperator: boolean;
}

/** Intervals by subject, in the order of time. */
export function bySubject(intervals: Iterable<StandingInterval>): Map<Subject, StandingInterval[]> {
  const all = new Map<Subject, StandingInterval[]>();
  for (const one of intervals) {
    const list = all.get(one.subject);
    if (list === undefined) all.set(one.subject, [one]);
    else list.push(one);
  }
  for (const list of all.values()) list.sort((a, b) => a.from - b.from || (a.to ?? Infinity) - (b.to ?? Infinity));
  return all;
}

/**
 * The time of one subject from its first interval until `until`, or until it was no longer watched. What no interval
 * covers is `unknown`; so is what comes after the last moment that was observed, however the subject stood then.
 *
 * @param intervals of one subject, in order
 * @param observed the last moment that was observed, UTC ms
 */
export function spansOf(intervals: readonly StandingInterval[], observed: number, until: number): Span[] {
  const spans: Span[] = [];
  const isWatched = intervals.some(({ to }) => to === null);
  let end: number | null = null;
  const unseen = (from: number, to: number): void => {
    const cause = from >= observed ? 'mainstay does not run' : 'mainstay did not run, or could not look';
    if (to > from) spans.push({ state: 'unknown', from, to, knownAt: to, cause, byOperator: false });
  };
  for (const { state, from, to, known_at: knownAt, cause, by_operator: byOperator } of intervals) {
    if (from >= until) break;
    if (end !== null) unseen(end, from);
    const last = Math.max(from, Math.min(to ?? observed, until));
    spans.push({ state, from, to: last, knownAt, cause, byOperator });
    end = last;
  }
  if (isWatched && end !== null) unseen(end, until);
  return spans;
}
