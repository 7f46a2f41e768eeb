import { type Parsed, quoted, refuse } from './parsed.ts';

const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const DURATION_HINT = 'write a number and ms, s, m, h, d or w, for example 30s or 1h30m';
/** JSON Schema pattern of a duration. */
export const DURATION_PATTERN = String.raw`^((\d+(\.\d+)?(ms|s|m|h|d|w))+|0)$`;

/** `30s`, `1h30m`, `500ms`, `2d` → milliseconds. A number alone has no unit and is refused; 0 needs none. */
export function parseDuration(raw: unknown): Parsed<number> {
  if (raw === 0 || raw === '0') return { value: 0 };
  if (typeof raw === 'number')
    return refuse(`${raw} has no unit`, `write ${raw}s for seconds, or use ms, m, h, d or w`);
  if (typeof raw !== 'string') return refuse(`must be a duration, not ${quoted(raw)}`, DURATION_HINT);
  const text = raw.trim();
  if (/^\d+(\.\d+)?$/.test(text))
    return refuse(`${text} has no unit`, `write ${text}s for seconds, or use ms, m, h, d or w`);
  let total = 0;
  let at = 0;
  for (const match of text.matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-zµ]+)/gy)) {
    const unit = DURATION_UNITS[match[2] ?? ''];
    if (unit === undefined) return refuse(`"${match[2]}" is not a unit of time`, DURATION_HINT);
    total += Number(match[1]) * unit;
    at = match.index + match[0].length;
  }
  if (at === 0 || at !== text.length) return refuse(`${quoted(raw)} is not a duration`, DURATION_HINT);
  const value = Math.round(total);
  return Number.isSafeInteger(value) ? { value } : refuse(`${quoted(raw)} is too long`, null);
}

/** The shortest exact way to write a duration: `1h30m`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const size = DURATION_UNITS[unit] ?? 1;
    const whole = Math.floor(rest / size);
    if (whole > 0) text += `${whole}${unit}`;
    rest -= whole * size;
  }
  return text;
}

const SIZE_HINT = 'write a whole number and b, k, m, g or t (of 1024), for example 10m or 512MB';
const SIZE_EXPONENTS: Record<string, number> = { b: 0, k: 1, m: 2, g: 3, t: 4 };
/** JSON Schema pattern of a size. */
export const SIZE_PATTERN = String.raw`^\d+(\.\d+)?\s*([kKmMgGtT]([iI]?[bB])?|[bB])$`;

/** `10m`, `2g`, `512MB`, `1GiB` → bytes. Units are powers of 1024 in every spelling, as in compose. */
export function parseSize(raw: unknown): Parsed<number> {
  if (typeof raw === 'number' || (typeof raw === 'string' && /^\d+$/.test(raw))) {
    return refuse(`${raw} has no unit`, `write ${raw}b for bytes, or use k, m, g or t`);
  }
  if (typeof raw !== 'string') return refuse(`must be a size, not ${quoted(raw)}`, SIZE_HINT);
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(raw.trim());
  if (match === null) return refuse(`${quoted(raw)} is not a size`, SIZE_HINT);
  const unit = (match[2] ?? '').toLowerCase();
  const exponent = /^([kmgt](i?b)?|b)$/.test(unit) ? SIZE_EXPONENTS[unit[0] ?? ''] : undefined;
  if (exponent === undefined) return refuse(`"${match[2]}" is not a unit of size`, SIZE_HINT);
  const value = Math.round(Number(match[1]) * 1024 ** exponent);
  return Number.isSafeInteger(value) ? { value } : refuse(`${quoted(raw)} is too large`, null);
}

/** The shortest exact way to write a size: `10m`, `256k`, `1000b`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 'b';
  for (const next of ['k', 'm', 'g', 't']) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    unit = next;
  }
  return `${value}${unit}`;
}

/** JSON Schema pattern of a percentage. */
export const PERCENT_PATTERN = String.raw`^\d+(\.\d+)?\s*%$|^0$`;

/** `99.9%` → 0.999. */
export function parsePercent(raw: unknown): Parsed<number> {
  if (raw === 0 || raw === '0') return { value: 0 };
  if (typeof raw === 'number') {
    const meant = raw < 1 ? Number((raw * 100).toPrecision(12)) : raw;
    return refuse(`${raw} is not a percentage`, `write ${meant}%`);
  }
  const match = typeof raw === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(raw.trim()) : null;
  if (match === null) return refuse(`${quoted(raw)} is not a percentage`, 'write for example 10%');
  const percent = Number(match[1]);
  if (percent > 100) return refuse(`${quoted(raw)} is more than 100%`, null);
  return { value: Number((percent / 100).toPrecision(12)) };
}

/** 0.999 → `99.9%` */
export function formatPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(12))}%`;
}
