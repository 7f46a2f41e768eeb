import { escapeTemplate, malformedReferences, parseTemplate, references } from '../../core/template/index.ts';
import type { Part } from '../../core/template/index.ts';
import {
  formatDuration,
  parseCron,
  parseDuration,
  parsePort,
  parseSignal,
  parseSize,
  parseUmask,
} from '../values/index.ts';
import type { Parsed } from '../values/index.ts';
import { brief } from './notes.ts';
import type { Notes } from './notes.ts';
import { placeOf } from './places.ts';
import type { Draft, DraftKeys, Value } from './types.ts';

type Parser = (value: unknown) => Parsed<unknown>;

/** Limits of mainstay.yaml; other systems know more. */
const LIMITS = new Set('as core cpu data fsize locks memlock nofile nproc rss rtprio stack'.split(' '));

const whole =
  (low: number, high: number): Parser =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? { value }
      : { reason: `it is not a whole number from ${low} to ${high}`, hint: null };

/** The least that mainstay.yaml accepts, bytes. */
const LEAST_MEMORY = 1024 ** 2;

const memory: Parser = (value) => {
  const parsed = parseSize(value);
  if (!('value' in parsed) || parsed.value >= LEAST_MEMORY) return parsed;
  return { reason: 'no program starts in so little', hint: null };
};

const processors: Parser = (value) =>
  typeof value === 'number' && value >= 0.01 && value <= 10_000
    ? { value }
    : { reason: 'it is not a number from 0.01 to 10000', hint: null };

const KEYS: Partial<Record<keyof DraftKeys, Parser>> = {
  umask: parseUmask,
  stop_signal: parseSignal,
  stop_grace_period: parseDuration,
  watchdog: parseDuration,
  instances: whole(1, 1000),
};

const NESTED: Partial<Record<keyof DraftKeys, Record<string, Parser>>> = {
  healthcheck: {
    interval: parseDuration,
    timeout: parseDuration,
    start_period: parseDuration,
    start_interval: parseDuration,
    retries: whole(1, 1000),
  },
  ready: { timeout: parseDuration },
  restart_policy: {
    delay: parseDuration,
    max_delay: parseDuration,
    reset_after: parseDuration,
    window: parseDuration,
    max_attempts: whole(1, 100_000),
  },
  logging: { max_size: parseSize, max_files: whole(1, 1000) },
  resources: { memory: memory, memory_reservation: parseSize, cpus: processors, pids: whole(1, 4_194_304) },
  schedule: { restart: parseCron },
};

/** mainstay's delay grows no longer than this unless the file says so. */
const DEFAULT_MAX_DELAY = 30_000;

/**
 * Leaves out, with a note, what the source says but mainstay.yaml does not accept, so that the written
 * file always loads. Values in which a variable stands are looked at when the file is loaded.
 */
export function keepValid(draft: Draft, notes: Notes): void {
  draft.keys = wellFormed(draft.keys) as DraftKeys;
  const { keys } = draft;
  const refuse: Refuse = (key, what, reason, hint) =>
    notes.dropped(placeOf(draft, key), `${what} of ${draft.name}`, reason, hint ?? 'write what is meant by hand');
  for (const [key, value] of Object.entries(keys)) {
    if (value !== '') continue;
    delete keys[key as keyof DraftKeys];
    refuse(key, key, 'it is empty', 'leave it out');
  }
  for (const [key, parser] of Object.entries(KEYS) as [keyof DraftKeys, Parser][])
    check(keys, key, key, parser, refuse);
  for (const [key, parsers] of Object.entries(NESTED) as [keyof DraftKeys, Record<string, Parser>][]) {
    const inner = keys[key] as Record<string, Value> | undefined;
    if (!inner) continue;
    for (const [name, parser] of Object.entries(parsers)) check(inner, name, `${key}.${name}`, parser, refuse);
    if (Object.keys(inner).length === 0) delete keys[key];
  }
  const ports = (keys.ports ?? []).filter((port) => isAccepted(port, 'ports', `port ${port}`, parsePort, refuse));
  if (ports.length > 0) keys.ports = ports;
  else delete keys.ports;
  limits(keys, refuse);
  reservation(keys, refuse);
  policy(keys, refuse);
  if (keys.type === 'task') task(keys, refuse);
}

/** @param key whose place the note has */
type Refuse = (key: string, what: string, reason: string, hint: string | null) => void;

function check(holder: object, key: string, what: string, parser: Parser, refuse: Refuse): void {
  const values = holder as Record<string, unknown>;
  const value = values[key];
  if (value === undefined || isAccepted(value, what, `${what}: ${brief(String(value))}`, parser, refuse)) return;
  delete values[key];
}

function isAccepted(value: unknown, key: string, what: string, parser: Parser, refuse: Refuse): boolean {
  if (typeof value === 'string' && references(value).length > 0) return true;
  const parsed = parser(value);
  if ('value' in parsed) return true;
  refuse(key, what, parsed.reason, parsed.hint);
  return false;
}

function limits(keys: DraftKeys, refuse: Refuse): void {
  for (const [name, value] of Object.entries(keys.ulimits ?? {})) {
    const numbers = typeof value === 'object' ? Object.values(value) : [value];
    const sound = numbers.every((number) => typeof number === 'number' && Number.isSafeInteger(number) && number >= -1);
    if (LIMITS.has(name) && sound) continue;
    delete keys.ulimits?.[name];
    refuse(
      `ulimits.${name}`,
      `limit ${name}`,
      LIMITS.has(name) ? 'it is not a number' : 'mainstay does not set it',
      'set it with prlimit in the command',
    );
  }
  if (keys.ulimits && Object.keys(keys.ulimits).length === 0) delete keys.ulimits;
}

function reservation(keys: DraftKeys, refuse: Refuse): void {
  const { memory: most, memory_reservation: kept } = keys.resources ?? {};
  const [limit, reserved] = [parseSize(most), parseSize(kept)];
  if (!('value' in limit && 'value' in reserved) || reserved.value <= limit.value) return;
  delete keys.resources?.memory_reservation;
  refuse('resources', 'memory_reservation', 'it is more than the limit of memory', 'write a smaller one');
}

function policy(keys: DraftKeys, refuse: Refuse): void {
  const rules = keys.restart_policy;
  if (!rules) return;
  const delay = parseDuration(rules.delay ?? '0');
  const most = parseDuration(rules.max_delay ?? formatDuration(DEFAULT_MAX_DELAY));
  if ('value' in delay && 'value' in most && delay.value > most.value && rules.delay !== undefined)
    rules.max_delay = rules.delay;
  for (const key of ['success_exit_codes', 'fatal_exit_codes']) {
    const codes = rules[key];
    if (!Array.isArray(codes)) continue;
    const success =
      key === 'fatal_exit_codes' && Array.isArray(rules.success_exit_codes) ? rules.success_exit_codes : [];
    const sound = codes.filter(
      (code) => typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 255,
    );
    const kept = key === 'fatal_exit_codes' ? sound.filter((code) => code !== 0 && !success.includes(code)) : sound;
    for (const code of codes)
      if (!kept.includes(code))
        refuse(`restart_policy.${key}`, `exit code ${String(code)}`, codeReason(code, key), 'leave it out');
    if (kept.length > 0) rules[key] = kept;
    else delete rules[key];
  }
  if (Object.keys(rules).length === 0) delete keys.restart_policy;
}

function codeReason(code: Value, key: string): string {
  if (typeof code !== 'number' || !(code >= 0 && code <= 255)) return 'exit codes go from 0 to 255';
  return key === 'fatal_exit_codes' ? 'a code that counts as success cannot be fatal' : 'it is not a whole number';
}

/** The same value; where a `${` begins no reference that mainstay knows, it stands for itself. */
function wellFormed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, wellFormed(part)]));
  }
  if (typeof value !== 'string' || malformedReferences(value).length === 0) return value;
  const text = (part: Part) =>
    part.type === 'text'
      ? escapeTemplate(part.text)
      : part.type === 'malformed'
        ? `$${part.malformed.text}`
        : part.source;
  return parseTemplate(value).map(text).join('');
}

/** A task ends: nothing watches or schedules it, and it is not started again after success. */
function task(keys: DraftKeys, refuse: Refuse): void {
  for (const key of ['healthcheck', 'schedule', 'ready', 'watchdog'] as const) {
    if (keys[key] === undefined) continue;
    delete keys[key];
    refuse(key, key, 'a task runs once and ends', 'remove type: task if it should run for ever');
  }
  if (keys.restart === 'always' || keys.restart === 'unless-stopped') {
    refuse(
      'restart',
      `restart: ${keys.restart}`,
      'a task ends, and is not started again after success',
      'write restart: on-failure if it should be tried again',
    );
    delete keys.restart;
  }
}
