import { literal } from '../shell.ts';
import { milliseconds } from '../values.ts';

/** systemd.time(7), Parsing Time Spans; in milliseconds. */
const UNITS: Record<string, number> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  '': 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
};

/** A time span of systemd (`90`, `1min 30s`, `infinity`) in milliseconds; null when it is none. */
export function timeSpan(text: string): number | null {
  const value = text.trim().toLowerCase();
  if (value === 'infinity') return Infinity;
  let total = 0;
  let rest = value;
  while (rest !== '') {
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*/.exec(rest);
    const unit = match ? UNITS[match[2] ?? ''] : undefined;
    if (!match || unit === undefined) return null;
    total += Number(match[1]) * unit;
    rest = rest.slice(match[0].length);
  }
  return value === '' ? null : total;
}

/** A time span as a duration of mainstay.yaml; what is none, or has no end, stays, to be refused later. */
export function duration(text: string): string {
  const span = timeSpan(text);
  return span === null || !Number.isFinite(span) ? literal(text) : milliseconds(span);
}
