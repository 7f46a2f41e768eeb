/**
 * Splits command lines into words. Follows the token recognition of POSIX.1-2024, Shell Command
 * Language, sections 2.2 and 2.3, as far as programs without a shell (shlex) and simple commands need.
 */

/** A stretch of a word with one kind of quoting. */
export interface Piece {
  text: string;
  quote: 'none' | 'single' | 'double';
}

export type Token = { operator: string } | { word: Piece[] };

/** A quotation mark or a brace that is never closed. */
export class Unbalanced extends Error {
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(`${what} is never closed`);
    this.offset = offset;
  }
}

interface Options {
  /** Recognise `| & ; < > ( )`, newlines and comments as the shell does. */
  operators: boolean;
  /** Keep `${…}` in one word even when it contains spaces. */
  braces: boolean;
}

/** @throws Unbalanced */
export function tokens(line: string, options: Options): Token[] {
  const found: Token[] = [];
  let word: Piece[] | null = null;
  let at = 0;
  const add = (text: string, quote: Piece['quote']) => {
    word ??= [];
    const last = word.at(-1);
    if (last?.quote === quote && quote === 'none') last.text += text;
    else word.push({ text, quote });
  };
  const end = () => {
    if (word) found.push({ word });
    word = null;
  };
  while (at < line.length) {
    const char = line.charAt(at);
    if (char === '\n' && options.operators) {
      end();
      found.push({ operator: '\n' });
      at += 1;
    } else if (/\s/.test(char)) {
      end();
      at += 1;
    } else if (char === '#' && options.operators && word === null) {
      while (at < line.length && line.charAt(at) !== '\n') at += 1;
    } else if (char === "'") {
      const close = line.indexOf("'", at + 1);
      if (close < 0) throw new Unbalanced('a single quote', at);
      add(line.slice(at + 1, close), 'single');
      at = close + 1;
    } else if (char === '"') {
      const { text, next } = doubleQuoted(line, at);
      for (const piece of text) add(piece.text, piece.quote);
      if (text.length === 0) add('', 'double');
      at = next;
    } else if (char === '\\') {
      // At the end of a line there is nothing to protect.
      if (line.charAt(at + 1) !== '\n') add(line.charAt(at + 1) || '\\', 'single');
      at += 2;
    } else if (char === '$' && line.charAt(at + 1) === '{' && options.braces) {
      const close = closingBrace(line, at + 1);
      add(line.slice(at, close + 1), 'none');
      at = close + 1;
    } else if (options.operators && /[|&;<>()]/.test(char)) {
      end();
      const operator = /^(?:\|\||&&|;;|>>|<<|[|&;<>()])/.exec(line.slice(at))?.[0] ?? char;
      found.push({ operator });
      at += operator.length;
    } else {
      add(char, 'none');
      at += 1;
    }
  }
  end();
  return found;
}

/** Backslash inside double quotes protects only `$`, `` ` ``, `"`, `\` and a newline (POSIX 2.2.3). */
function doubleQuoted(line: string, open: number): { text: Piece[]; next: number } {
  const pieces: Piece[] = [];
  const add = (text: string, quote: Piece['quote']) => {
    const last = pieces.at(-1);
    if (last?.quote === quote) last.text += text;
    else pieces.push({ text, quote });
  };
  for (let at = open + 1; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '"') return { text: pieces, next: at + 1 };
    const next = line.charAt(at + 1);
    if (char === '\\' && '$`"\\\n'.includes(next)) {
      if (next !== '\n') add(next, 'single');
      at += 1;
    } else add(char, 'double');
  }
  throw new Unbalanced('a double quote', open);
}

/** Offset of the `}` that closes the `{` at `open`, counting nested ones. */
export function closingBrace(line: string, open: number): number {
  let depth = 0;
  for (let at = open; at < line.length; at += 1) {
    if (line.charAt(at) === '{') depth += 1;
    else if (line.charAt(at) === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new Unbalanced('"${"', open - 1);
}

/**
 * Words of a command line as a program without a shell splits it: quotes and backslashes only.
 * @throws Unbalanced
 */
export function plainWords(line: string, options: { braces: boolean }): string[] {
  return tokens(line, { operators: false, braces: options.braces }).map((token) =>
    'word' in token ? token.word.map((piece) => piece.text).join('') : token.operator,
  );
}
