import { MainstayError } from '@mainstay/protocol';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** A duration in milliseconds as people say it, two units at most: `45s`, `3m 20s`, `2h 5m`, `12d 4h`, `300ms`. */
export function humanDuration(ms: number): string {
  if (ms < 0) return `-${humanDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
    rest -= count * size;
  }
  return parts.join(' ');
}

/** How long ago an ISO 8601 moment was; `-` when there is none. Never negative: clocks differ. */
export function humanAge(iso: string | null, now: number): string {
  return iso === null
    ? '-'
    : humanDuration(Math.max(0, Math.floor((now - Date.parse(iso)) / 1000) * 1000)).replace(/^0ms$/, '0s');
}

/** `14:03:09`, local time, of UTC milliseconds. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `2026-03-01 14:03`, local time, of an ISO 8601 moment. */
export function dayAndTime(iso: string): string {
  return toTheSecond(Date.parse(iso)).slice(0, -3);
}

/** `2026-03-01 14:03:09`, local time, of UTC milliseconds. */
export function toTheSecond(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${day.join('-')} ${clockTime(at)}`;
}

/**
 * Milliseconds of `90s`, `1h30m`, `500ms`, `2d`.
 *
 * @throws MainstayError `usage`
 */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) {
    throw new MainstayError(
      'usage',
      `cannot use ${option} ${text}: it is not a duration`,
      `a number with ms, s, m, h, d or w, for example ${option} 1h30m`,
    );
  }
  const size: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  return parts.reduce((sum, part) => sum + Number(part[1]) * (size[part[2] ?? ''] ?? 0), 0);
}
