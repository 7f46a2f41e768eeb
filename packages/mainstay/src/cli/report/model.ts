import { MainstayError, type Subject } from '@mainstay/protocol';
import { bySubject, figuresOf, outagesOf, spansOf } from '../../core/uptime/figures/index.ts';
import type { Figures, Outage, Period, Span } from '../../core/uptime/figures/index.ts';
import type { History } from './gather.ts';

/** One service or check. */
export interface Row {
  kind: 'service' | 'check';
  name: string;
  figures: Figures;
  /** Those that touch the period, oldest first. */
  outages: Outage[];
  /** Clipped to the period. */
  spans: Span[];
  /** When it was first watched, if that is within the period; else null. UTC ms. */
  watchedFrom: number | null;
}

export interface Report {
  project: string;
  period: Period;
  /** The last moment that was observed, UTC ms; null: none. */
  observed: number | null;
  isLive: boolean;
  objective: number | null;
  /** All services together; null: there are none. */
  total: Figures | null;
  services: Row[];
  checks: Row[];
}

export interface Wanted {
  /** What the project is called if nothing else is known. */
  project: string;
  period: Period;
  /** Empty: all. */
  names: readonly string[];
  objective: number | null;
}

/** @throws MainstayError `unknown-service` when nothing is known of a name */
export function reportOf(history: History, { project, period, names, objective }: Wanted): Report {
  const observed = Math.min(history.observed ?? period.since, period.until);
  const restarts = new Map<Subject, number>();
  for (const { subject, count } of history.restarts) restarts.set(subject, (restarts.get(subject) ?? 0) + count);
  const rows: Row[] = [];
  const whole: Span[][] = [];
  let all = 0;
  for (const [subject, intervals] of [...bySubject(history.intervals)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { kind, name } = nameOf(subject);
    if (names.length > 0 && !names.includes(name)) continue;
    const spans = spansOf(intervals, observed, period.until);
    const count = restarts.get(subject) ?? 0;
    if (kind === 'service') {
      whole.push(spans);
      all += count;
    }
    const first = spans[0]?.from ?? period.since;
    rows.push({
      kind,
      name,
      figures: figuresOf([spans], period, count, objective),
      outages: outagesOf(spans).filter(
        ({ from, to, isOpen }) => from < period.until && touches(period, from, to, isOpen),
      ),
      spans: clipped(spans, period),
      watchedFrom: first > period.since ? first : null,
    });
  }
  for (const name of names) if (!rows.some((row) => row.name === name)) throw unknown(name);
  return {
    project: history.project ?? project,
    period,
    observed: history.observed,
    isLive: history.isLive,
    objective,
    total: whole.length === 0 ? null : figuresOf(whole, period, all, objective),
    services: rows.filter(({ kind }) => kind === 'service'),
    checks: rows.filter(({ kind }) => kind === 'check'),
  };
}

function nameOf(subject: Subject): { kind: Row['kind']; name: string } {
  const colon = subject.indexOf(':');
  return { kind: subject.slice(0, colon) as Row['kind'], name: subject.slice(colon + 1) };
}

function touches({ since }: Period, from: number, to: number | null, isOpen: boolean): boolean {
  return isOpen || (to ?? from) >= since;
}

function clipped(spans: readonly Span[], { since, until }: Period): Span[] {
  return spans
    .map((span) => ({ ...span, from: Math.max(span.from, since), to: Math.min(span.to, until) }))
    .filter(({ from, to }) => to > from);
}

function unknown(name: string): MainstayError {
  return new MainstayError(
    'unknown-service',
    `cannot report on ${name}: nothing was seen of a service or check of that name in this time`,
    'mainstay report, or another --since',
  );
}
