/** A line of a `.env` file that could not be understood. */
export interface DotenvProblem {
  /** Counted from 1. */
  line: number;
  reason: string;
}

export interface Dotenv {
  /** Later assignments of the same name win. */
  values: Record<string, string>;
  problems: DotenvProblem[];
}

const ASSIGNMENT = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' };

/**
 * Reads a `.env` file: `NAME=value` a line, `#` comments, an optional `export`, 'single quotes'
 * (taken literally), "double quotes" (with `\n`, `\t`, `\"`, `\\`, `\$`), both of which may go on over
 * several lines. An unquoted value ends at ` #` and is trimmed. Values are literal: `${NAME}` in them
 * is not replaced, so that what a program receives is what the file says.
 */
export function parseDotenv(source: string): Dotenv {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const values: Record<string, string> = {};
  const problems: DotenvProblem[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const raw = text.slice(at, end);
    const content = raw.trimStart();
    if (content === '' || content.startsWith('#')) {
      at = end + 1;
      line += 1;
      continue;
    }
    const match = ASSIGNMENT.exec(content);
    if (match?.[1] === undefined) {
      problems.push({ line, reason: `is not of the form NAME=value` });
      at = end + 1;
      line += 1;
      continue;
    }
    const start = at + (raw.length - content.length) + match[0].length;
    const read = readValue(text, start);
    if ('reason' in read) {
      problems.push({ line, reason: read.reason });
      at = end + 1;
      line += 1;
      continue;
    }
    values[match[1]] = read.value;
    const next = lineEnd(text, read.end);
    line += count(text, at, next) + 1;
    at = next + 1;
  }
  return { values, problems };
}

type Read = { value: string; end: number } | { reason: string };

function readValue(text: string, start: number): Read {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") {
    const end = lineEnd(text, start);
    const raw = text.slice(start, end);
    const comment = raw.startsWith('#') ? 0 : raw.search(/[ \t]#/);
    return { value: (comment === -1 ? raw : raw.slice(0, comment)).trimEnd(), end };
  }
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === quote) return afterQuote(text, at + 1, value);
    if (char === '\\' && quote === '"') {
      const next = text[at + 1] ?? '';
      value += ESCAPES[next] ?? `\\${next}`;
      at += 1;
    } else value += char;
  }
  return { reason: `has a ${quote} without an end` };
}

/** After a closing quote only blanks and a comment may stand. */
function afterQuote(text: string, at: number, value: string): Read {
  const end = lineEnd(text, at);
  const rest = text.slice(at, end).trim();
  if (rest !== '' && !rest.startsWith('#')) return { reason: 'has something after the closing quote' };
  return { value, end };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function count(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
