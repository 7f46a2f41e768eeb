import { isAbsolute, join, relative } from 'node:path';
import { formatDuration } from '../values/index.ts';

/** Seconds as a duration of mainstay.yaml: `90` → `1m30s`. */
export function seconds(count: number): string {
  return milliseconds(count * 1000);
}

/** Milliseconds as a duration of mainstay.yaml. */
export function milliseconds(count: number): string {
  return formatDuration(Math.round(count));
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

/** A whole number that is not negative, or null. */
export function whole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text.trim()) : null;
}

/** Names of mainstay's own log files. */
const RESERVED = new Set(['mainstay', 'events', 'checks', 'guardian']);

/** A name that a service may have: letters, digits, `-` and `_`, at most 60 of them. */
export function serviceName(name: string): string {
  const simple = name
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 60);
  return RESERVED.has(simple) ? `${simple}-service` : simple || 'service';
}

/** `TERM`, `SIGTERM` or `15` as `SIGTERM`; what is no signal stays, to be refused later. */
export function signalName(text: string): string {
  const word = text.trim().toUpperCase();
  if (/^\d+$/.test(word)) return SIGNAL_NUMBERS[Number(word)] ?? word;
  return word.startsWith('SIG') ? word : `SIG${word}`;
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
