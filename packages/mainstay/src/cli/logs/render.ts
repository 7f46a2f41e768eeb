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
}

/** Makes the function that makes text of lines, each ending in a newline. */
export function renderer({ color, json, services }: RenderOptions): (line: LogLine) => string {
  if (json) return (line) => `${JSON.stringify(asJson(line))}\n`;
  const colours = new Map(
    services.map((name, index) => [name, PREFIX_COLOURS[index % PREFIX_COLOURS.length] ?? 'cyan']),
  );
  let width = Math.max(...services.map((name) => name.length), 0);
  const instances = new Map<string, Set<number>>();
  return (line) => {
    const seen = instances.get(line.service) ?? new Set();
    instances.set(line.service, seen);
    if (line.instance !== null) seen.add(line.instance);
    const several = seen.size > 1 || (line.instance ?? 0) > 0;
    const name = several && line.instance !== null ? `${line.service}/${line.instance}` : line.service;
    width = Math.max(width, name.length);
    const bar = color && line.stream === 'err' ? paint('red', '!') : '|';
    const prefix =
      services.length < 2 && !several
        ? ''
        : `${color ? paint(colours.get(line.service) ?? 'cyan', name.padEnd(width)) : name.padEnd(width)} ${bar} `;
    const marked = prefix === '' && color && line.stream === 'err' ? `${bar} ` : prefix;
    return `${marked}${color ? pretty(line.text) : line.text}\n`;
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

/** The time of day of a time that a program wrote: ISO 8601, seconds or milliseconds since the epoch. */
function clock(time: string | number): string {
  const date = new Date(typeof time === 'number' && time < 1e11 ? time * 1000 : time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(11, 23);
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
