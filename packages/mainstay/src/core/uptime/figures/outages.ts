import type { Span } from './spans.ts';

/** From the first failure until it is up (or degraded) again, whatever lies between. Times are UTC ms. */
export interface Outage {
  from: number;
  /** Up again; null: not yet, or nobody can say when. */
  to: number | null;
  /** When the failure was confirmed. */
  knownAt: number;
  cause: string;
  /** An operator asked for something meanwhile. */
  byOperator: boolean;
  /** It was seen how the failure began: nothing unobserved lies right before it. */
  isBeginSeen: boolean;
  /** It was down all the time, seen from beginning to end: the time it took to repair is known. */
  isMeasured: boolean;
  /** It is not up again. */
  isOpen: boolean;
}

/** The outages among the spans of one subject. */
export function outagesOf(spans: readonly Span[]): Outage[] {
  const outages: Outage[] = [];
  let open: Outage | null = null;
  let isPure = true;
  let before: Span | null = null;
  for (const span of spans) {
    if (span.state === 'up' || span.state === 'degraded') {
      if (open !== null) {
        const isSeen = before?.state === 'down';
        open.to = isSeen ? span.from : null;
        open.isOpen = false;
        open.isMeasured = open.isBeginSeen && isPure;
        open.byOperator = span.byOperator;
      }
      open = null;
    } else if (open !== null) {
      isPure &&= span.state === 'down';
    } else if (span.state === 'down') {
      const { from, knownAt, cause } = span;
      const isBeginSeen = before !== null && before.state !== 'unknown';
      const state = { byOperator: false, isBeginSeen, isMeasured: false, isOpen: true };
      open = { from, to: null, knownAt, cause, ...state };
      isPure = true;
      outages.push(open);
    }
    before = span;
  }
  return outages;
}
