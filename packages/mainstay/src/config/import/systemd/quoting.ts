import { sourceError } from '../errors.ts';
import type { Setting } from './unit.ts';

/** Escapes of systemd.syntax(7), Quoting. */
const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** A word and whether all of it stood in single quotes or double quotes. */
export interface QuotedWord {
  text: string;
  quoted: boolean;
  /** Column of its first character. */
  column: number;
}

/**
 * Splits a value into words as systemd does: white space separates, quotes hold together, C escapes
 * are replaced.
 * @throws MainstayError naming the place of a quotation mark that is never closed
 */
export function systemdWords(setting: Setting): QuotedWord[] {
  const { value } = setting;
  const words: QuotedWord[] = [];
  let at = 0;
  while (at < value.length) {
    if (/\s/.test(value.charAt(at))) {
      at += 1;
      continue;
    }
    const word: QuotedWord = { text: '', quoted: /['"]/.test(value.charAt(at)), column: setting.column + at };
    while (at < value.length && !/\s/.test(value.charAt(at))) {
      const char = value.charAt(at);
      if (char === '"' || char === "'") {
        const quoted = insideQuotes(setting, at);
        word.text += quoted.text;
        at = quoted.next;
      } else if (char === '\\') {
        const escape = readEscape(value, at);
        word.text += escape.text;
        at = escape.next;
      } else {
        word.text += char;
        at += 1;
      }
    }
    words.push(word);
  }
  return words;
}

function insideQuotes(setting: Setting, open: number): { text: string; next: number } {
  const { value } = setting;
  const quote = value.charAt(open);
  let text = '';
  let at = open + 1;
  while (at < value.length) {
    const char = value.charAt(at);
    if (char === quote) return { text, next: at + 1 };
    const piece = char === '\\' ? readEscape(value, at) : { text: char, next: at + 1 };
    text += piece.text;
    at = piece.next;
  }
  throw sourceError(setting.label, setting.line, setting.column + open, 'a quotation mark is never closed');
}

function readEscape(value: string, at: number): { text: string; next: number } {
  const next = value.charAt(at + 1);
  const known = ESCAPES[next];
  if (known !== undefined) return { text: known, next: at + 2 };
  const numeric = /^(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(value.slice(at + 1));
  if (!numeric) return { text: `\\${next}`, next: at + 2 };
  const [all, hex, octal, short, long] = numeric;
  const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(hex ?? short ?? long ?? '0', 16);
  return { text: String.fromCodePoint(Math.min(code, 0x10ffff)), next: at + 1 + all.length };
}
