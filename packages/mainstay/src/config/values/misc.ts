import { Cron } from 'croner';
import { didYouMean } from '../nearest.ts';
import { type Parsed, quoted, refuse } from '../../core/quantity/index.ts';

/** Signals that a program can be asked to stop with, of Linux. */
const SIGNALS = [
  'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV',
  'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGCONT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU',
  'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS',
]; // prettier-ignore

/** `SIGTERM`, `TERM`, `sigterm` → `SIGTERM`. */
export function parseSignal(raw: unknown): Parsed<string> {
  if (typeof raw !== 'string')
    return refuse(`must be the name of a signal, not ${quoted(raw)}`, 'write for example SIGTERM');
  const upper = raw.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  if (name === 'SIGSTOP') return refuse('SIGSTOP pauses a program and never ends it', 'write SIGTERM');
  if (!SIGNALS.includes(name)) {
    return refuse(
      `${quoted(raw)} is not a signal`,
      didYouMean(name, SIGNALS) ?? 'write for example SIGTERM, SIGINT or SIGQUIT',
    );
  }
  return { value: name };
}

/** `022`, `"0o022"`, `0022` → 0o022. Always octal. */
export function parseUmask(raw: unknown): Parsed<number> {
  const written = typeof raw === 'string' || typeof raw === 'number' ? String(raw) : '';
  const digits = /^(?:0o)?([0-7]{1,4})$/.exec(written)?.[1];
  const value = digits === undefined ? Number.NaN : Number.parseInt(digits, 8);
  if (!(value <= 0o777)) return refuse(`${quoted(raw)} is not a umask`, 'write octal digits, for example "022"');
  return { value };
}

/** 0o22 → `022` */
export function formatUmask(umask: number): string {
  return umask.toString(8).padStart(3, '0');
}

/** Five fields (minute hour day month weekday) or `@daily` and its like, that come true some day. */
export function parseCron(raw: unknown): Parsed<string> {
  const hint = 'write minute hour day month weekday, for example "0 4 1 * *"';
  if (typeof raw !== 'string') return refuse(`must be a cron expression, not ${quoted(raw)}`, hint);
  const text = raw.trim();
  const fields = text.split(/\s+/).length;
  if (fields !== 5 && !text.startsWith('@')) {
    return refuse(
      `${quoted(raw)} is not a cron expression: it has ${fields} field${fields === 1 ? '' : 's'} and not 5`,
      hint,
    );
  }
  try {
    const next = new Cron(text, { paused: true, mode: '5-part' }).nextRun();
    if (next === null) return refuse(`${quoted(raw)} never comes true`, hint);
  } catch (error) {
    const why =
      error instanceof Error
        ? error.message.replace(/^CronPattern: /, '').replace(/^Invalid/, 'invalid')
        : String(error);
    return refuse(`${quoted(raw)} is not a cron expression: ${why}`, hint);
  }
  return { value: text };
}

/** A regular expression of JavaScript, without flags. */
export function parsePattern(raw: unknown): Parsed<string> {
  if (typeof raw !== 'string' || raw === '') return refuse(`must be a regular expression, not ${quoted(raw)}`, null);
  try {
    void new RegExp(raw);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
    return refuse(`is not a regular expression: ${why}`, 'put a \\ before a character that stands for itself');
  }
  return { value: raw };
}

/** Names of projects and services: they become file names, so they stay simple. */
export function parseName(raw: unknown): Parsed<string> {
  if (typeof raw !== 'string' && typeof raw !== 'number') return refuse(`must be a name, not ${quoted(raw)}`, null);
  const name = String(raw);
  if (name.length > 63) return refuse(`${quoted(name)} is too long`, 'use at most 63 characters');
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) {
    return refuse(`${quoted(name)} is not a name`, 'use letters, digits, - and _, and start with a letter or digit');
  }
  return { value: name };
}
