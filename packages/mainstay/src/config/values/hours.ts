import type { HoursPlan } from '../../core/plan/index.ts';
import { type Parsed, quoted, refuse } from '../../core/quantity/index.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const HINT = 'write "22:00-07:00" or "mon-fri 08:00-18:00"';
/** JSON Schema pattern of hours. */
export const HOURS_PATTERN = String.raw`^([a-z]{3}([,-][a-z]{3})* )?\d{1,2}:\d{2}-\d{1,2}:\d{2}$`;

/** `22:00-07:00`, `mon-fri 08:00-18:00`, `sat,sun 00:00-24:00`: local time; over midnight when the end is not after the beginning. */
export function parseHours(raw: unknown): Parsed<HoursPlan> {
  if (typeof raw !== 'string') return refuse(`must be hours, not ${quoted(raw)}`, HINT);
  const match = /^(?:([a-z,-]+)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(raw.trim().toLowerCase());
  const [from, until] = match === null ? [] : [minutes(match[2], match[3]), minutes(match[4], match[5])];
  const days = match === null ? null : parseDays(match[1]);
  if (days === null || from === undefined || until === undefined || from >= DAY_LENGTH || until > DAY_LENGTH) {
    return refuse(`${quoted(raw)} are no hours`, HINT);
  }
  return { value: { days, from, until } };
}

const DAY_LENGTH = 24 * 60;

/** NaN-free: what is no time of a day is more than a day. */
function minutes(hours = '', rest = ''): number {
  return Number(rest) > 59 ? DAY_LENGTH + 1 : Number(hours) * 60 + Number(rest);
}

function parseDays(text: string | undefined): number[] | null {
  if (text === undefined) return [];
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first] = part.split('-').map((word) => DAYS.indexOf(word));
    if (first === undefined || last === undefined || first < 0 || last < 0 || part.split('-').length > 2) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

/** As `parseHours` reads it. */
export function formatHours({ days, from, until }: HoursPlan): string {
  const time = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const on = days.length === 0 ? '' : `${days.map((day) => DAYS[day]).join(',')} `;
  return `${on}${time(from)}-${time(until)}`;
}
