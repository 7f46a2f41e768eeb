import { styleText } from 'node:util';
import { readStructured } from '../../core/log/index.ts';
import type { LogLine } from './source.ts';

const PREFIX_COLOURS = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'yellowBright',
  'greenBright',
] as const;
const LEVEL_COLOURS: Readonly<Record<string, 'red' | 'yellow' | 'green' | 'gray'>> = {
  fatal: 'red',
  critical: 'red',
  error: 'red',
  warn: 'yellow',
  warning: 'yellow',
  info: 'green',
  debug: 'gray',
  trace: 'gray',
};

export interface RenderOptions {
  /** Colours, and JSON lines taken apart: a terminal. */
  color: boolean;
  json: boolean;
  /** Services of which lines may come; with more than one, each line says whose it is. */
  services: readonly string[];
  /** How many instances a service has, where it is known. */
  instancesOf: ReadonlyMap<string, number>;
  /** The time in front of every line, as `--since` takes it; not with `json`, which has it anyway. */
  timestamps: boolean;
}

/** Makes the function that makes text of lines, each ending in a newline. */
export function renderer({ color, json, services, instancesOf, timestamps }: RenderOptions): (line: LogLine) => string {
  if (json) return (line) => `${JSON.stringify(asJson(line))}\n`;
  const colours = new Map(
    services.map((name, index) => [name, PREFIX_COLOURS[index % PREFIX_COLOURS.length] ?? 'cyan']),
  );
  const longest = (name: string): number => {
    const count = instancesOf.get(name) ?? 1;
    return count > 1 ? `${name}/${count - 1}`.length : name.length;
  };
  let width = Math.max(...services.map(longest), 0);
  const instances = new Map<string, Set<number>>();
  return (line) => {
    const seen = instances.get(line.service) ?? new Set();
    instances.set(line.service, seen);
    if (line.instance !== null) seen.add(line.instance);
    const several = seen.size > 1 || (line.instance ?? 0) > 0 || (instancesOf.get(line.service) ?? 1) > 1;
    const name = several && line.instance !== null ? `${line.service}/${line.instance}` : line.service;
    width = Math.max(width, name.length);
    const bar = line.stream !== 'err' ? '|' : color ? paint('red', '!') : '!';
    const time = timestamps ? `${color ? paint('dim', stamp(line.time)) : stamp(line.time)} ` : '';
    const prefix =
      services.length < 2 && !several
        ? ''
        : `${color ? paint(colours.get(line.service) ?? 'cyan', name.padEnd(width)) : name.padEnd(width)} ${bar} `;
    const marked = prefix === '' && color && line.stream === 'err' ? `${bar} ` : prefix;
    return `${time}${marked}${color ? pretty(line.text) : line.text}\n`;
  };
}

function paint(colour: Parameters<typeof styleText>[0], text: string): string {
  return styleText(colour, text, { validateStream: false });
}

/** Level, time and message of a JSON line, the rest dimmed behind them; other lines as they are. */
function pretty(text: string): string {
  const found = readStructured(text);
  if (found === null) return text;
  const words: string[] = [];
  if (found.time !== null) words.push(paint('dim', clock(found.time)));
  if (found.level !== null) {
    words.push(paint(LEVEL_COLOURS[found.level] ?? 'cyan', found.level.toUpperCase().padEnd(5)));
  }
  words.push(found.message);
  const rest = found.rest.map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  if (rest.length > 0) words.push(paint('dim', rest.join(' ')));
  return words.join(' ');
}

/** The local time of day of a time that a program wrote: ISO 8601, seconds or milliseconds since the epoch. */
function clock(time: string | number): string {
  const date = new Date(typeof time === 'number' && time < 1e11 ? time * 1000 : time);
  return Number.isNaN(date.getTime()) ? String(time) : localTime(date).slice(11);
}

/** `2026-01-31T14:03:09.123`, as wide when the time is not known. */
function stamp(time: number | null): string {
  return time === null ? '-'.padEnd(23) : localTime(new Date(time));
}

function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
}

function asJson(line: LogLine): Record<string, unknown> {
  return {
    service: line.service,
    instance: line.instance,
    incarnation: line.incarnation,
    stream: line.stream,
    time: line.time === null ? null : new Date(line.time).toISOString(),
    ...(line.partial ? { partial: true } : {}),
    ...(line.note ? { note: true } : {}),
    text: line.text,
  };
}
