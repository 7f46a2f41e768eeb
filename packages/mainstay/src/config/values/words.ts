import { type Parsed, quoted, refuse } from '../../core/quantity/index.ts';

const SHELL_HINT = 'to use a shell, write [sh, -c, "…"]; else put the character in quotes';

/**
 * Splits a command into arguments as a shell would, without one: blanks, quotes and backslashes. What
 * only a shell could do (pipes, redirections, `$NAME`, command substitution) is refused. `${NAME}` and
 * `$$` stay: they are mainstay's own.
 */
export function splitWords(line: string): Parsed<string[]> {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < line.length) {
    const char = line[at] ?? '';
    const reference = char === '$' ? ownReference(line, at) : null;
    if (reference !== null) {
      word = (word ?? '') + reference;
      at += reference.length;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
    } else if (char === "'" || char === '"') {
      const inside = readQuoted(line, at);
      if ('reason' in inside) return inside;
      word = (word ?? '') + inside.value.text;
      at = inside.value.end;
    } else if (char === '\\') {
      if (at + 1 >= line.length) return refuse('the command ends in a backslash', null);
      word = (word ?? '') + (line[at + 1] ?? '');
      at += 2;
    } else if (/[|&;<>()`$]/.test(char)) {
      return refuse(`"${char}" in a command needs a shell, and mainstay uses none`, SHELL_HINT);
    } else {
      word = (word ?? '') + char;
      at += 1;
    }
  }
  if (word !== null) words.push(word);
  return { value: words };
}

/** `${…}` (braces balanced) or `$$` at this place, or null. */
function ownReference(line: string, at: number): string | null {
  if (line[at + 1] === '$') return '$$';
  if (line[at + 1] !== '{') return null;
  let depth = 0;
  for (let end = at + 1; end < line.length; end += 1) {
    if (line[end] === '{') depth += 1;
    else if (line[end] === '}' && (depth -= 1) === 0) return line.slice(at, end + 1);
  }
  return null;
}

function readQuoted(line: string, start: number): Parsed<{ text: string; end: number }> {
  const quote = line[start];
  let text = '';
  let at = start + 1;
  while (at < line.length) {
    const char = line[at] ?? '';
    if (char === quote) return { value: { text, end: at + 1 } };
    const reference = char === '$' ? ownReference(line, at) : null;
    if (reference !== null) {
      text += reference;
      at += reference.length;
    } else if (quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? '')) {
      text += line[at + 1];
      at += 2;
    } else if (quote === '"' && (char === '`' || (char === '$' && /[A-Za-z_(]/.test(line[at + 1] ?? '')))) {
      return refuse(`"${char}" in a command needs a shell, and mainstay uses none`, SHELL_HINT);
    } else {
      text += char;
      at += 1;
    }
  }
  return refuse(`a ${quote} has no end`, null);
}

/** A command: a list of arguments, or a line that is split into one. */
export function parseCommand(raw: unknown): Parsed<string[]> {
  if (typeof raw === 'string') {
    const words = splitWords(raw);
    if ('value' in words && words.value.length === 0) return refuse('the command is empty', 'name a program');
    return words;
  }
  if (!Array.isArray(raw)) return refuse(`must be a list of arguments or a line of text, not ${quoted(raw)}`, null);
  if (raw.length === 0 || raw[0] === '') return refuse('the command is empty', 'name a program');
  for (const [index, item] of raw.entries()) {
    if (typeof item !== 'string') return refuse(`argument ${index + 1} must be text, not ${quoted(item)}`, null);
    if (item.includes('\0')) return refuse(`argument ${index + 1} holds a NUL character`, null);
  }
  return { value: raw as string[] };
}
