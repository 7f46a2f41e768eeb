import type { Figures, Outage } from '../../core/uptime/figures/index.ts';
import { humanDuration, toTheSecond } from '../text/index.ts';
import type { Report, Row } from './model.ts';
import { percent, span, spread } from './words.ts';

export interface Table {
  title: string;
  columns: readonly { title: string; align?: 'right'; shrinkTo?: number }[];
  rows: readonly (readonly string[])[];
  /** Said under it. */
  notes: readonly string[];
}

/** A report in words, whatever form it takes. */
export interface Document {
  title: string;
  lead: readonly string[];
  tables: readonly Table[];
  /** How everything was computed. */
  formulas: readonly string[];
}

/** Outages that are listed; all of them are in the JSON. */
const LISTED = 20;
const DAY = 86_400_000;

export function documentOf(report: Report): Document {
  const { project, period, services, checks, total } = report;
  const all = [...services, ...checks];
  const tables: Table[] = [];
  if (services.length > 0) tables.push(availability('Services', services, total));
  if (checks.length > 0) tables.push(availability('Checks', checks, null));
  if (all.some(({ figures }) => hasTroubles(figures))) tables.push(repairs(all));
  if (report.objective !== null && all.length > 0) tables.push(budgets(all, report.objective));
  const outages = outageTable(all);
  if (outages !== null) tables.push(outages);
  return {
    title: `Report on ${project}`,
    lead: leadOf(report),
    tables,
    formulas: FORMULAS.filter(({ of }) => of === 'all' || report.objective !== null).map(({ text }) => text),
  };

  function leadOf({ observed, isLive }: Report): string[] {
    const { since, until } = period;
    const lines = [`${toTheSecond(since)} to ${toTheSecond(until)} (${humanDuration(until - since)}), local time.`];
    if (all.length === 0) lines.push('Nothing was observed in this time.');
    if (!isLive && observed !== null && observed < until) {
      lines.push(
        `mainstay does not run: the last it saw was ${toTheSecond(observed)}. What came after is not observed.`,
      );
    }
    const worst = all.filter(({ figures }) => figures.coverage !== null && figures.coverage < 0.99);
    if (worst.length > 0) {
      const names = worst.map(({ name, figures }) => `${name} (${percent(figures.coverage)})`);
      lines.push(`Not all of the time was observed: ${names.join(', ')}. Uptime speaks only of what was.`);
    }
    return lines;
  }
}

function availability(title: string, rows: readonly Row[], total: Figures | null): Table {
  const cells = (name: string, { uptime, coverage, failures, time, restarts }: Figures): string[] => [
    name,
    percent(uptime),
    percent(coverage),
    span(time.down),
    span(time.degraded),
    span(time.maintenance),
    String(failures),
    title === 'Checks' ? '' : String(restarts),
  ];
  const body = rows.map(({ name, figures }) => cells(name, figures));
  if (total !== null && rows.length > 1) body.push(cells('all together', total));
  const since = new Map<number, string[]>();
  for (const { name, watchedFrom } of rows) {
    if (watchedFrom !== null) since.set(watchedFrom, [...(since.get(watchedFrom) ?? []), name]);
  }
  const notes = [...since].map(([at, names]) => `Watched since ${toTheSecond(at)}: ${names.join(', ')}.`);
  return {
    title,
    columns: [
      { title: 'NAME', shrinkTo: 12 },
      { title: 'UPTIME', align: 'right' },
      { title: 'COVERAGE', align: 'right' },
      { title: 'DOWN', align: 'right' },
      { title: 'DEGRADED', align: 'right' },
      { title: 'PLANNED', align: 'right' },
      { title: 'FAILURES', align: 'right' },
      { title: 'RESTARTS', align: 'right' },
    ],
    rows: body,
    notes,
  };
}

const hasTroubles = ({ failures, restarts }: Figures): boolean => failures > 0 || restarts > 0;

function repairs(rows: readonly Row[]): Table {
  const body = rows
    .filter(({ figures }) => hasTroubles(figures))
    .flatMap(({ name, figures }) => {
      const { detection, repair, automatic, manual, betweenFailures, restarts, restartsPerDay } = figures;
      const daily = figures.watched < DAY ? '' : `, ${(restartsPerDay ?? 0).toFixed(2)} a day`;
      return [
        [name, 'detection (MTTD)', spread(detection)],
        ['', 'repair (MTTR)', spread(repair)],
        ['', '  without a person', spread(automatic)],
        ['', '  with an operator', spread(manual)],
        ['', 'between failures (MTBF)', betweenFailures === null ? 'none observed' : span(betweenFailures)],
        ...(restarts === 0 ? [] : [['', 'restarts nobody asked for', `${restarts}${daily}`]]),
      ];
    });
  const isQuiet = rows.filter(({ figures }) => figures.failures === 0).map(({ name }) => name);
  const notes = isQuiet.length === 0 ? [] : [`No failure was observed of ${isQuiet.join(', ')}: no MTBF can be told.`];
  const columns = [{ title: 'NAME', shrinkTo: 12 }, { title: '' }, { title: '', shrinkTo: 20 }];
  return { title: 'Detection and repair', columns, rows: body, notes };
}

function budgets(rows: readonly Row[], objective: number): Table {
  const body = rows.flatMap(({ name, figures: { budget, uptime } }) => {
    if (budget === null || uptime === null) return [];
    const left = budget.allowed - budget.used;
    return [[name, span(budget.allowed), span(budget.used), left < 0 ? `over by ${span(-left)}` : span(left)]];
  });
  return {
    title: `Error budget of an objective of ${Number((objective * 100).toFixed(6))} %`,
    columns: [
      { title: 'NAME', shrinkTo: 12 },
      { title: 'ALLOWED', align: 'right' },
      { title: 'USED', align: 'right' },
      { title: 'LEFT', align: 'right' },
    ],
    rows: body,
    notes: [],
  };
}

function outageTable(rows: readonly Row[]): Table | null {
  const all = rows.flatMap(({ name, outages }) => outages.map((outage) => ({ name, outage })));
  if (all.length === 0) return null;
  const newest = all.sort((a, b) => b.outage.from - a.outage.from).slice(0, LISTED);
  return {
    title: 'Outages',
    columns: [
      { title: 'BEGAN' },
      { title: 'NAME', shrinkTo: 10 },
      { title: 'LASTED' },
      { title: 'ENDED' },
      { title: 'CAUSE', shrinkTo: 16 },
    ],
    rows: newest.map(({ name, outage }) => [
      `${outage.isBeginSeen ? '' : '< '}${toTheSecond(outage.from)}`,
      name,
      outage.to === null ? '?' : span(outage.to - outage.from),
      ending(outage),
      outage.cause,
    ]),
    notes: all.length > LISTED ? [`${all.length - LISTED} older ones are in --format json.`] : [],
  };
}

function ending({ isOpen, to, byOperator, isMeasured }: Outage): string {
  if (isOpen) return 'not yet';
  if (to === null) return 'unseen';
  if (byOperator) return 'by a person';
  return isMeasured ? 'by itself' : 'partly seen';
}

const FORMULAS: readonly { of: 'all' | 'objective'; text: string }[] = [
  {
    of: 'all',
    text: 'Uptime = (up + degraded) ÷ (up + degraded + down). Time that was not observed, and planned time, are in neither.',
  },
  {
    of: 'all',
    text: 'Coverage = 1 − not observed ÷ watched. Not observed: mainstay did not run or stood still, or a check could not tell.',
  },
  {
    of: 'all',
    text: 'Planned: maintenance windows, stopped by you, and starts and restarts that you asked for, until they stand or fail.',
  },
  {
    of: 'all',
    text: 'A failure lasts from the first failed result (or the end of the process) to the first good one, and counts in the time in which it began.',
  },
  { of: 'all', text: 'MTTD = confirmed − first failure, where the beginning was seen.' },
  {
    of: 'all',
    text: 'MTTR = up again − first failure, of outages that were seen from beginning to end and were down all the time. p95 by nearest rank.',
  },
  {
    of: 'all',
    text: 'MTBF = (up + degraded) ÷ failures. Restarts are those that nobody asked for, per day that was observed.',
  },
  { of: 'objective', text: 'Error budget = (1 − objective) × (up + degraded + down); used is what was down.' },
];
