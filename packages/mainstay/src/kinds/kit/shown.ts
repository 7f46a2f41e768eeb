const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const TIMES = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** `1.5 GiB`, `512 B`: for people, rounded. */
export function shownSize(bytes: number): string {
  const exponent = bytes < 1024 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** exponent;
  return `${exponent === 0 || value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${SIZES[exponent]}`;
}

/** `3 d`, `5 h`, `12 s`: for people, rounded down to the largest unit. */
export function shownTime(seconds: number): string {
  const [unit, size] = TIMES.find(([, one]) => seconds >= 2 * one) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** A number that thresholds compare: a share of 100, with one digit. */
export function percentOf(part: number, whole: number): number {
  return Math.round((part / whole) * 1000) / 10;
}
