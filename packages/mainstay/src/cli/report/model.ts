import { MainstayError, type Objective, type Subject } from '@mainstay/protocol';
import { askedOf, repairsOf, verdictsOf, type Repairs, type Verdict } from '../../core/objective/index.ts';
import type { Counts } from '../../core/results/index.ts';
import { bySubject, figuresOf, outagesOf, spansOf } from '../../core/uptime/figures/index.ts';
import type { Figures, Outage, Period, Span } from '../../core/uptime/figures/index.ts';
import { recentFailures, type RecentError } from './errors.ts';
import type { History } from './gather.ts';

/** One service or check. */
export interface Row {
  kind: 'service' | 'check';
  name: string;
  figures: Figures;
  /** What is wanted of it, beside what was seen. */
  verdicts: Verdict[];
  repairs: Repairs;
  /** Of its runs, or those of its healthcheck; null: there were none. */
  results: Counts | null;
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
  /** Uptime that is wanted of the whole; null: nothing is. */
  objective: number | null;
  /** All services together; null: there are none. */
  total: Figures | null;
  /** Incidents of everything, each counted once. */
  repairs: Repairs;
  /** Newest first. */
  errors: RecentError[];
  services: Row[];
  checks: Row[];
}

export interface Wanted {
  /** What the project is called if nothing else is known. */
  project: string;
  period: Period;
  /** Empty: all. */
  names: readonly string[];
  /** Uptime that is wanted of everything, whatever the file says; null: what the file says. */
  objective: number | null;
}

/**
 * @param crashes that were found in the period
 * @throws MainstayError `unknown-service` when nothing is known of a name
 */
export function reportOf(history: History, wanted: Wanted, crashes: readonly RecentError[] = []): Report {
  const { project, period, names } = wanted;
  const observed = Math.min(history.observed ?? period.since, period.until);
  const restarts = new Map<Subject, number>();
  for (const { subject, count } of history.restarts) restarts.set(subject, (restarts.get(subject) ?? 0) + count);
  const incidents = history.incidents.filter(({ from }) => from >= period.since && from < period.until);
  const isWanted = (name: string): boolean => names.length === 0 || names.includes(name);
  const rows: Row[] = [];
  const whole: Span[][] = [];
  let all = 0;
  for (const [subject, intervals] of [...bySubject(history.intervals)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { kind, name } = nameOf(subject);
    if (!isWanted(name)) continue;
    const spans = spansOf(intervals, observed, period.until);
    const count = restarts.get(subject) ?? 0;
    if (kind === 'service') {
      whole.push(spans);
      all += count;
    }
    const first = spans[0]?.from ?? period.since;
    const asked = askedOfRow(history, wanted, kind, name);
    const figures = figuresOf([spans], period, count, asked?.uptime ?? null);
    const own = incidents.filter((one) => one.subject === subject);
    rows.push({
      kind,
      name,
      figures,
      verdicts: asked === null ? [] : verdictsOf(asked, figures, own),
      repairs: repairsOf(own),
      results: history.results.get(subject) ?? null,
      outages: outagesOf(spans).filter(
        ({ from, to, isOpen }) => from < period.until && touches(period, from, to, isOpen),
      ),
      spans: clipped(spans, period),
      watchedFrom: first > period.since ? first : null,
    });
  }
  for (const name of names) if (!rows.some((row) => row.name === name)) throw unknown(name);
  const checks = rows.filter(({ kind }) => kind === 'check');
  const objective = wanted.objective ?? history.objective?.uptime ?? null;
  return {
    project: history.project ?? project,
    period,
    observed: history.observed,
    isLive: history.isLive,
    objective,
    total: whole.length === 0 ? null : figuresOf(whole, period, all, objective),
    repairs: repairsOf(incidents.filter(({ subject }) => isWanted(nameOf(subject).name))),
    errors: [...crashes, ...recentFailures(checks, period)].sort((a, b) => b.at - a.at),
    services: rows.filter(({ kind }) => kind === 'service'),
    checks,
  };
}

const NOTHING_ASKED: Objective = { uptime: null, mttr: null, mtbf: null, rpo: null, automatic: null, rto: {} };

/** The file's objectives are of services, but for the time in which a failed check recovers. */
function askedOfRow(
  { objective, objectives }: Pick<History, 'objective' | 'objectives'>,
  { objective: uptime }: Wanted,
  kind: Row['kind'],
  name: string,
): Objective | null {
  const { check, ...ofServices } = objective?.rto ?? {};
  const whole = objective === null ? null : { ...objective, rto: ofServices };
  const ofCheck = check === undefined ? null : { ...NOTHING_ASKED, rto: { check } };
  const asked = kind === 'service' ? askedOf(whole, objectives[name] ?? null) : ofCheck;
  return uptime === null ? asked : { ...(asked ?? NOTHING_ASKED), uptime };
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
