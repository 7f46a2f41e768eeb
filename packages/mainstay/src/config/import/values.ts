import { isAbsolute, join, relative } from 'node:path';

/** Seconds as a duration of mainstay.yaml: `90` → `90s`, `120` → `2m`. */
export function seconds(count: number): string {
  return milliseconds(count * 1000);
}

/** Milliseconds as a duration of mainstay.yaml, in the largest unit that is exact. */
export function milliseconds(count: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const unit = count === 0 ? undefined : units.find(([, size]) => count % size === 0);
  if (count === 0) return '0s';
  return unit ? `${count / unit[1]}${unit[0]}` : `${Math.round(count)}ms`;
}

/**
 * A path of the source as it must stand in mainstay.yaml: relative paths were relative to `from`, and
 * become relative to `target`. Absolute paths, and those that begin with a variable, stay.
 */
export function rebase(path: string, from: string, target: string): string {
  if (isAbsolute(path) || path.startsWith('${') || path.startsWith('~') || from === target) return path;
  const moved = relative(target, join(from, path)) || '.';
  return moved.startsWith('.') ? moved : `./${moved}`;
}

/** Whether a word of a command names a file beside the source rather than a program of the PATH. */
export function isRelativeProgram(word: string): boolean {
  return word.includes('/') && !isAbsolute(word) && !word.startsWith('${');
}

/** A whole number that is not negative, or null. */
export function whole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text.trim()) : null;
}

/** A name that a service may have: letters, digits, `-` and `_`. */
export function serviceName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'service';
}

/** `TERM`, `SIGTERM` or `15` as `SIGTERM`; null for a number that has no name here. */
export function signalName(text: string): string | null {
  const word = text.trim().toUpperCase();
  if (/^\d+$/.test(word)) return SIGNAL_NUMBERS[Number(word)] ?? null;
  const name = word.startsWith('SIG') ? word : `SIG${word}`;
  return /^SIG[A-Z0-9+]+$/.test(name) ? name : null;
}

/** signal(7), the numbers that are the same on x86 and ARM. */
const SIGNAL_NUMBERS: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  12: 'SIGUSR2',
  14: 'SIGALRM',
  15: 'SIGTERM',
};
