import type { Repairs } from '../../core/objective/index.ts';
import type { Figures, Outage } from '../../core/uptime/figures/index.ts';
import { humanDuration, toTheSecond } from '../text/index.ts';
import { errorTables, resultTables } from './evidence.ts';
import { formulasOf } from './formulas.ts';
import type { Report, Row } from './model.ts';
import { objectiveTables } from './objectives.ts';
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
  if (all.some(({ figures }) => hasTroubles(figures))) tables.push(repairs(all, report.repairs));
  tables.push(...objectiveTables(all), ...resultTables(all), ...outageTables(all), ...errorTables(report.errors));
  return {
    title: `Report on ${project}`,
    lead: leadOf(report),
    tables,
    formulas: formulasOf(report),
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

function repairs(rows: readonly Row[], all: Repairs): Table {
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
  const count = all.automatic + all.manual;
  if (count > 0) {
    const share = percent(all.automatic / count);
    notes.unshift(`${share} of ${count} incidents were put right without a person (${all.manual} with one).`);
  }
  const columns = [{ title: 'NAME', shrinkTo: 12 }, { title: '' }, { title: '', shrinkTo: 20 }];
  return { title: 'Detection and repair', columns, rows: body, notes };
}

function outageTables(rows: readonly Row[]): Table[] {
  const all = rows.flatMap(({ name, outages }) => outages.map((outage) => ({ name, outage })));
  if (all.length === 0) return [];
  const newest = all.sort((a, b) => b.outage.from - a.outage.from).slice(0, LISTED);
  const table: Table = {
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
  return [table];
}

function ending({ isOpen, to, byOperator, isMeasured }: Outage): string {
  if (isOpen) return 'not yet';
  if (to === null) return 'unseen';
  if (byOperator) return 'by a person';
  return isMeasured ? 'by itself' : 'partly seen';
}
