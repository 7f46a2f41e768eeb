import type { CheckState } from '../check/index.ts';
import type { Agreement, Opinion } from './types.ts';

/** What a check's state is worth as a vote: nothing before it is confirmed, or after time that nobody observed. */
export function opinionOf({ name, fresh }: Pick<CheckState, 'name' | 'fresh'>): Opinion {
  if (fresh) return 'none';
  switch (name) {
    case 'fail':
      return 'down';
    case 'warn':
      return 'warn';
    case 'pass':
      return 'up';
    default:
      return 'none';
  }
}

/** Whether people are to be told of it. */
export function isBad(what: Opinion | Agreement): what is 'down' | 'warn' {
  return what === 'down' || what === 'warn';
}

/** What more than half of those say who have a vote. Who is down for some and warns for others warns at least. */
export function agreementOf(opinions: readonly Opinion[]): Agreement {
  const count = (wanted: Opinion): number => opinions.filter((one) => one === wanted).length;
  const [down, warn, up] = [count('down'), count('warn'), count('up')];
  const all = down + warn + up;
  if (all === 0) return 'none';
  if (down * 2 > all) return 'down';
  if ((down + warn) * 2 > all) return 'warn';
  return up * 2 > all ? 'up' : 'split';
}
