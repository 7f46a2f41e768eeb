import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import type { DraftKeys } from '../types.ts';
import { timeSpan } from './times.ts';
import type { Setting } from './unit.ts';

/** Limits that have a unit of time or of size (systemd.exec(5), Process Properties). */
const SIZES: Record<string, number> = { '': 1, B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const NAMES = new Set(
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);

/** `LimitNOFILE=soft:hard` and its like. @returns false when it is no limit known here */
export function readLimit(setting: Setting, keys: DraftKeys, notes: Notes): boolean {
  const name = setting.key.slice('Limit'.length).toLowerCase();
  if (!NAMES.has(name)) return false;
  const [soft, hard = soft] = setting.value.split(':').map((value) => limit(name, value.trim()));
  if (soft === undefined || hard === undefined || soft === null || hard === null) {
    notes.dropped(
      `${setting.label}:${setting.line}`,
      `${setting.key}=${brief(setting.value)}`,
      'it is not a limit',
      `write ulimits: { ${name}: NUMBER }`,
    );
    return true;
  }
  keys.ulimits = { ...keys.ulimits, [name]: soft === hard ? soft : { soft, hard } };
  return true;
}

function limit(name: string, text: string): number | null {
  if (text === 'infinity') return -1;
  if (name === 'cpu') {
    const span = timeSpan(text);
    return span === null ? null : Math.ceil(span / 1000);
  }
  const match = /^(\d+)([BKMGT]?)$/.exec(text);
  return match ? Number(match[1]) * (SIZES[match[2] ?? ''] ?? 1) : null;
}
