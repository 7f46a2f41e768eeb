import type { Measure } from '../../core/check/index.ts';
import type { ThresholdPlan } from '../../core/plan/index.ts';
import { didYouMean } from '../nearest.ts';
import type { Path } from '../problem.ts';
import { listed } from '../schema/field.ts';
import type { CheckKinds } from '../schema/index.ts';
import { parseMeasured, quoted, unitsOf } from '../values/index.ts';
import type { Report } from './report.ts';

const KEYS = ['of', 'above', 'below', 'clear'];

/** Where thresholds are written, and what they may be for. */
interface ThresholdPlace {
  kind: string;
  measures: readonly Measure[];
  report: Report;
  /** Of the check. */
  path: Path;
}

/** The thresholds of a check or a healthcheck: as written, or those that the kind brings along. */
export function resolveThresholds(
  { warn, fail }: { warn?: unknown; fail?: unknown },
  kind: string,
  { kinds, ...where }: { kinds: CheckKinds; report: Report; path: Path },
): ThresholdPlan[] {
  const place = { kind, measures: kinds[kind]?.measured ?? [], ...where };
  if (warn === undefined && fail === undefined) return place.measures.flatMap(defaultsOf);
  const given = [...readLevel(warn, 'warn', place), ...readLevel(fail, 'fail', place)];
  checkOrder(given, place);
  return given;
}

function defaultsOf({ name, unit, worse, ...limits }: Measure): ThresholdPlan[] {
  return (['warn', 'fail'] as const).flatMap((level) => {
    const limit = limits[level];
    return limit === undefined ? [] : [{ level, measure: name, unit, side: worse, limit, clear: limit }];
  });
}

function readLevel(written: unknown, level: ThresholdPlan['level'], place: ThresholdPlace): ThresholdPlan[] {
  if (written === undefined) return [];
  const path: Path = [...place.path, level];
  if (!Array.isArray(written)) return [readOne(written, level, path, place) ?? []].flat();
  return written.flatMap((one, index) => readOne(one, level, [...path, index], place) ?? []);
}

function readOne(raw: unknown, level: ThresholdPlan['level'], path: Path, place: ThresholdPlace): ThresholdPlan | null {
  const { report } = place;
  if (typeof raw !== 'object' || raw === null) {
    const measure = measureFor(raw, undefined, path, place);
    const limit = measure === null ? null : read(raw, measure, path, place);
    if (measure === null || limit === null) return null;
    return { level, measure: measure.name, unit: measure.unit, side: measure.worse, limit, clear: limit };
  }
  const form = raw as Record<string, unknown>;
  const unknown = Object.keys(form).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, KEYS) ?? `known keys: ${KEYS.join(', ')}`;
    report.add(report.key([...path, unknown]), `${JSON.stringify(unknown)} is not a key of a threshold`, hint);
    return null;
  }
  const sides = (['above', 'below'] as const).filter((side) => form[side] !== undefined);
  const [side] = sides;
  if (side === undefined || sides.length > 1) {
    report.add(report.value(path), 'must say one of above and below', 'write for example { above: 80%, clear: 75% }');
    return null;
  }
  const measure = measureFor(form[side], form['of'], path, place);
  const limit = measure === null ? null : read(form[side], measure, [...path, side], place);
  if (measure === null || limit === null) return null;
  const clear = form['clear'] === undefined ? limit : read(form['clear'], measure, [...path, 'clear'], place);
  if (clear === null) return null;
  if (side === 'above' ? clear > limit : clear < limit) {
    const where = report.value([...path, 'clear']);
    report.add(
      where,
      `lies beyond the limit: it would be exceeded and clear at once`,
      `write one ${side === 'above' ? 'below' : 'above'} it`,
    );
    return null;
  }
  return { level, measure: measure.name, unit: measure.unit, side, limit, clear };
}

/** What a limit is for: what is named, or the first measure in its unit. */
function measureFor(
  limit: unknown,
  of: unknown,
  path: Path,
  { kind, measures, report }: ThresholdPlace,
): Measure | null {
  if (measures.length === 0) {
    report.add(report.value(path), `${kind} measures nothing that a limit can be set for`, 'remove it');
    return null;
  }
  const known = measures.map(({ name, unit }) => `${name} (${unit})`);
  const all = `${kind} measures ${known.join(', ')}`;
  if (of !== undefined) {
    const named = measures.find(({ name }) => name === of);
    if (named !== undefined) return named;
    const names = measures.map(({ name }) => name);
    report.add(
      report.value([...path, 'of']),
      `${kind} does not measure ${quoted(of)}`,
      didYouMean(String(of), names) ?? all,
    );
    return null;
  }
  const units = unitsOf(limit);
  if (units.length === 0) {
    report.add(report.value(path), `${quoted(limit)} is not a limit`, 'write for example 80%, 500MB, 2s or 100');
    return null;
  }
  const fitting = units.flatMap((unit) => measures.filter((measure) => measure.unit === unit));
  const [first] = fitting;
  if (first !== undefined) return first;
  report.add(report.value(path), `${kind} measures nothing in ${listed(units)}`, all);
  return null;
}

function read(raw: unknown, { unit }: Measure, path: Path, { report }: ThresholdPlace): number | null {
  const parsed = parseMeasured(raw, unit);
  if ('value' in parsed) return parsed.value;
  report.add(report.value(path), parsed.reason, parsed.hint);
  return null;
}

/** A warning that comes after the failure is never seen. */
function checkOrder(thresholds: readonly ThresholdPlan[], { report, path }: ThresholdPlace): void {
  for (const warn of thresholds.filter(({ level }) => level === 'warn')) {
    const fail = thresholds.find(
      ({ level, measure, side }) => level === 'fail' && measure === warn.measure && side === warn.side,
    );
    if (fail === undefined) continue;
    if (warn.side === 'above' ? warn.limit < fail.limit : warn.limit > fail.limit) continue;
    report.add(
      report.value([...path, 'warn']),
      `the warning would never be seen: it has failed by then`,
      `write a limit ${warn.side === 'above' ? 'below' : 'above'} that of fail`,
    );
  }
}
