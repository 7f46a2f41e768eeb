import { escapeTemplate } from '../../core/template/index.ts';
import { tokens } from './words.ts';
import type { Piece, Token } from './words.ts';

/** A line meant for a shell, as mainstay can run it. */
export interface ShellCommand {
  /** Templates. */
  command: string[];
  /** Assignments in front of the command (`NAME=value command`), as templates. */
  environment: Record<string, string>;
  /** From a leading `cd DIRECTORY &&`; null when there is none. */
  directory: string | null;
  /** The line needs a shell: `command` is `[sh, -c, line]`. */
  shell: boolean;
  /** Variables without quotes: a shell makes several arguments of a value with spaces, a template one. */
  unquoted: string[];
}

/** First words that only a shell understands. */
const SHELL_WORDS = new Set(
  '. : [ [[ alias bg break case cd command continue do done elif else esac eval exit export fg fi for function getopts hash if jobs local read readonly return select set shift source then time times trap type ulimit umask unalias unset until wait while { } !'.split(
    ' ',
  ),
);

/** The template that means exactly this text. */
export function literal(text: string): string {
  // The end is escaped too, because a brace may follow when words are put together.
  return escapeTemplate(text).replace(/\$$/, '$$$$');
}

/**
 * Turns a shell's line into an argument array when no shell is needed for it, otherwise into
 * `[sh, -c, line]`. `$NAME`, `${NAME}` and `${NAME:-text}` become templates.
 * @throws Unbalanced when a quote is never closed
 */
export function shellCommand(line: string): ShellCommand {
  const whole: ShellCommand = {
    command: ['sh', '-c', literal(line.trim())],
    environment: {},
    directory: null,
    shell: true,
    unquoted: [],
  };
  const parts = tokens(line, { operators: true, braces: true });
  const { directory, rest } = leadingDirectory(parts);
  const words: string[] = [];
  const environment: Record<string, string> = {};
  for (const token of rest) {
    if (!('word' in token)) return whole;
    const word = simpleWord(token.word);
    if (word === null) return whole;
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(token.word[0]?.quote === 'none' ? token.word[0].text : '');
    if (words.length === 0 && assignment?.[1]) environment[assignment[1]] = word.slice(assignment[0].length);
    else words.push(word);
  }
  while (words[0] === 'exec') words.shift();
  const first = words[0];
  if (first === undefined || SHELL_WORDS.has(first) || first.startsWith('-')) return whole;
  const unquoted = [...new Set(rest.flatMap((token) => ('word' in token ? unquotedVariables(token.word) : [])))];
  return { command: words, environment, directory, shell: false, unquoted };
}

function leadingDirectory(parts: Token[]): { directory: string | null; rest: Token[] } {
  const [cd, path, and] = parts;
  if (!cd || !path || !and || !('word' in cd) || !('word' in path) || !('operator' in and)) {
    return { directory: null, rest: parts };
  }
  const directory = simpleWord(path.word);
  if (simpleWord(cd.word) !== 'cd' || and.operator !== '&&' || directory === null || directory.startsWith('-')) {
    return { directory: null, rest: parts };
  }
  return { directory, rest: parts.slice(3) };
}

function unquotedVariables(word: Piece[]): string[] {
  return word
    .filter((piece) => piece.quote === 'none')
    .flatMap((piece) => [...piece.text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''));
}

/** A word as a template, or null when only a shell can expand it. */
function simpleWord(pieces: Piece[]): string | null {
  let word = '';
  for (const [index, piece] of pieces.entries()) {
    if (piece.quote === 'single') word += literal(piece.text);
    else {
      if (piece.text.includes('`')) return null;
      if (piece.quote === 'none' && /[*?[\]]/.test(piece.text.replace(/\$\{[^}]*\}/g, ''))) return null;
      if (piece.quote === 'none' && /\{[^}]*(?:,|\.\.)[^}]*\}/.test(piece.text.replace(/\$\{[^}]*\}/g, '')))
        return null;
      if (piece.quote === 'none' && index === 0 && piece.text.startsWith('~')) return null;
      const template = variables(piece.text);
      if (template === null) return null;
      word += template;
    }
  }
  return word;
}

function variables(text: string): string | null {
  let known = true;
  const template = text.replace(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^${}"'`\\]*))?\}|(.?))/gs,
    (_all, bare: string | undefined, braced: string | undefined, fallback: string | undefined, other: string) => {
      if (bare) return `\${${bare}}`;
      if (braced) return fallback === undefined ? `\${${braced}}` : `\${${braced}:-${fallback}}`;
      // A dollar sign at the end of a word, or before a character that starts no expansion, is itself.
      if (other !== '' && /[\w({$@*#?!-]/.test(other)) known = false;
      return other === '' ? '$$' : `$${other}`;
    },
  );
  return known ? template : null;
}
