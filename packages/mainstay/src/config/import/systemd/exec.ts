import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { literal } from '../shell.ts';
import { systemdWords } from './quoting.ts';
import type { QuotedWord } from './quoting.ts';
import { specifiers, withInstance } from './specifiers.ts';
import type { Setting } from './unit.ts';

export interface ExecLine {
  /** Templates. */
  command: string[];
  /** `-`: a failure counts as success. */
  ignoreFailure: boolean;
  setting: Setting;
}

interface ExecContext {
  unit: string;
  /** Names that `Environment=` sets. */
  known: ReadonlySet<string>;
  notes: Notes;
}

/**
 * The commands of an `Exec…=` line (systemd.service(5), Command Lines): a lone `;` separates several.
 * @throws MainstayError naming the place of a quotation mark that is never closed
 */
export function execLines(setting: Setting, context: ExecContext): ExecLine[] {
  const commands: QuotedWord[][] = [[]];
  for (const word of systemdWords(setting)) {
    if (word.text === ';' && !word.quoted) commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands.filter((words) => words.length > 0).map((words) => execLine(words, setting, context));
}

function execLine(words: QuotedWord[], setting: Setting, context: ExecContext): ExecLine {
  const { notes } = context;
  const where = `${setting.label}:${setting.line}`;
  const [first, ...rest] = words;
  const prefix = /^[-@:+!|]*/.exec(first?.text ?? '')?.[0] ?? '';
  const program = first?.text.slice(prefix.length) ?? '';
  const what = `${setting.key}=${brief(setting.value)}`;
  if (prefix.includes('@')) {
    const [name, ...others] = rest;
    rest.splice(0, rest.length, ...others);
    notes.dropped(where, what, `a program is shown by its own name, not as ${name?.text ?? ''}`, 'nothing');
  }
  if (/[+!]/.test(prefix)) {
    notes.dropped(
      where,
      what,
      'a command has the rights of the user of its service',
      'write it as a task or service of its own without user',
    );
  }
  if (prefix.includes('|'))
    notes.dropped(where, what, 'it would run in the login shell of its user', 'write that shell first');
  const plain = prefix.includes(':');
  const words2 = [{ text: program, quoted: true }, ...rest];
  const command = words2.map((word) => expandWord(word, plain, setting, context));
  return { command, ignoreFailure: prefix.includes('-'), setting };
}

/** `${NAME}` anywhere and `$NAME` as a word of its own are variables; `$$` is a dollar sign. */
function expandWord(
  word: { text: string; quoted: boolean },
  plain: boolean,
  setting: Setting,
  context: ExecContext,
): string {
  const text = specifiers(word.text, context.unit, setting, context.notes);
  if (plain) return withInstance(literal(text));
  const alone = /^\$([A-Za-z_]\w*)$/.exec(text)?.[1];
  if (alone) {
    context.notes.approximated(
      `${setting.label}:${setting.line}`,
      `${setting.key} with $${alone}`,
      'systemd makes as many arguments of it as it has words; here it is one argument, even when it is empty',
      'write the arguments themselves',
    );
    return variable(alone, context);
  }
  let result = '';
  let at = 0;
  for (const match of text.matchAll(/\$\$|\$\{([A-Za-z_]\w*)\}/g)) {
    result += literal(text.slice(at, match.index)) + (match[1] ? variable(match[1], context) : '$$');
    at = match.index + match[0].length;
  }
  return withInstance(result + literal(text.slice(at)));
}

/** systemd replaces a variable that is not set by nothing; mainstay refuses it unless it has a default. */
function variable(name: string, context: ExecContext): string {
  return context.known.has(name) ? `\${${name}}` : `\${${name}:-}`;
}
