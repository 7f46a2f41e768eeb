/** What a line of a structured log says. */
export interface Structured {
  level: string | null;
  message: string;
  /** As the program wrote it; null when it wrote none. */
  time: string | number | null;
  /** The other fields, in their order. */
  rest: [string, unknown][];
}

const LEVELS = ['level', 'severity', 'levelname', 'lvl'];
const MESSAGES = ['message', 'msg', 'event'];
const TIMES = ['time', 'timestamp', '@timestamp', 'ts'];
/** pino's and bunyan's numbers. */
const NUMBERED: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Recognises a line that is a JSON object with a message; null for every other line. */
export function readStructured(line: string): Structured | null {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  const take = (names: readonly string[]): unknown => {
    const name = names.find((candidate) => ['string', 'number'].includes(typeof value[candidate]));
    if (name === undefined) return null;
    const found = value[name];
    delete value[name];
    return found;
  };
  const message = take(MESSAGES);
  if (message === null) return null;
  const level = take(LEVELS);
  const time = take(TIMES) as string | number | null;
  const name = typeof level === 'number' ? (NUMBERED[level] ?? String(level)) : level;
  return {
    level: name === null ? null : String(name).toLowerCase(),
    message: String(message),
    time,
    rest: Object.entries(value),
  };
}
