import { describeBytes, type ObservationStatus } from '@mainstay/protocol';
import type { ThresholdPlan, Unit } from '../plan/index.ts';
import { measuredValue, type Measured } from './measure.ts';

export interface Judged {
  status: ObservationStatus;
  message: string;
  /** For each threshold, whether it is exceeded now. */
  over: boolean[];
}

/**
 * What an observation means with these thresholds. They make a result worse, never better; a result that is not good already, or unknown,
 * stays what it is, and what was exceeded stays so.
 * @param over what the judgement before said; anything else than one entry a threshold means that none was exceeded
 */
export function judge(
  thresholds: readonly ThresholdPlan[],
  over: readonly boolean[],
  observation: Measured & { status: ObservationStatus; message: string },
): Judged {
  const before = thresholds.map((_, at) => over[at] ?? false);
  const { status, message } = observation;
  if (status === 'fail' || status === 'unknown') return { status, message, over: before };
  const values = thresholds.map(({ measure }) => measuredValue(observation, measure));
  const now = thresholds.map((threshold, at) => isOver(threshold, values[at] ?? null, before[at] ?? false));
  const level = (['fail', 'warn'] as const).find((one) => thresholds.some((each, at) => now[at] && each.level === one));
  if (level === undefined) return { status, message, over: now };
  const reasons = thresholds.flatMap((threshold, at) => {
    const value = values[at] ?? null;
    return now[at] && threshold.level === level && value !== null ? [describeExceeded(threshold, value)] : [];
  });
  return { status: level, message: [message, ...reasons].filter((part) => part !== '').join('; '), over: now };
}

function isOver({ side, limit, clear }: ThresholdPlan, value: number | null, was: boolean): boolean {
  if (value === null) return false;
  if (side === 'above') return value > limit || (was && clear < limit && value >= clear);
  return value < limit || (was && clear > limit && value <= clear);
}

function describeExceeded({ level, measure, unit, side, limit, clear }: ThresholdPlan, value: number): string {
  const isBeyond = side === 'above' ? value > limit : value < limit;
  const rule = isBeyond
    ? `${level} ${side} ${describeValue(limit, unit)}`
    : `${level} until it is ${side === 'above' ? 'below' : 'above'} ${describeValue(clear, unit)}`;
  return `${measure} ${describeValue(value, unit)} (${rule})`;
}

const TIMES = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** A value for people: `83.5%`, `1.5 GB`, `2.5 s`, `3 d`. */
export function describeValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${round(value)}%`;
    case 'bytes':
      return describeBytes(value);
    case 'count':
      return String(round(value));
    case 'seconds': {
      const [name, size] = TIMES.find(([, each]) => Math.abs(value) >= 2 * each) ?? ['s', 1];
      return `${round(value / size)} ${name}`;
    }
  }
}

/** Three digits, or all before the point. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
