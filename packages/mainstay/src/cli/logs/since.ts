import { MainstayError } from '@mainstay/protocol';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * UTC ms of `10m` or `1h30m` ago, or of an ISO 8601 date or time (local unless it says otherwise).
 *
 * @throws MainstayError `usage`
 */
export function parseSince(text: string, now: number, option = '--since'): number {
  if (/^(?:\d+[smhdw])+$/.test(text)) {
    const parts = text.matchAll(/(\d+)([smhdw])/g);
    return [...parts].reduce((time, [, count, unit]) => time - Number(count) * (UNITS[unit ?? 's'] ?? 0), now);
  }
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time)) return time;
  throw new MainstayError('usage', `cannot understand ${option} ${text}`, 'write 10m, 2h, 3d or 2026-01-31T14:00');
}
