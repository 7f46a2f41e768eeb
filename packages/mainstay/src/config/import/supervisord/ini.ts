import { sourceError } from '../errors.ts';
import type { Source } from '../types.ts';

export interface IniValue {
  value: string;
  line: number;
  /** Column of the value on its line. */
  column: number;
  label: string;
}

export interface IniSection {
  name: string;
  line: number;
  label: string;
  /** Directory of the file, for `%(here)s`. */
  path: string;
  values: Map<string, IniValue>;
}

/**
 * Parses supervisord's dialect of INI: that of Python's RawConfigParser with `strict=False` and inline
 * comments after white space and `;` or `#`. The last of several values of a key counts.
 * @throws MainstayError naming file, line and column
 */
export function parseIni(source: Source): IniSection[] {
  const sections: IniSection[] = [];
  let section: IniSection | null = null;
  let last: IniValue | null = null;
  for (const [index, raw] of source.text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (/^\s*[;#]/.test(raw)) continue;
    const content = raw.replace(/\s[;#].*$/, '').trimEnd();
    if (content.trim() === '') continue;
    const column = content.length - content.trimStart().length + 1;
    const fail = (why: string, at = column) => sourceError(source.label, line, at, why);
    if (column > 1 && last) {
      last.value = last.value === '' ? content.trim() : `${last.value}\n${content.trim()}`;
      continue;
    }
    const header = /^\s*\[([^\]]*)\]?/.exec(content);
    if (header) {
      if (!content.includes(']')) throw fail('a section begins here and its "]" is missing', content.length + 1);
      const name = (header[1] ?? '').trim();
      section = { name, line, label: source.label, path: source.path, values: new Map() };
      sections.push(section);
      last = null;
      continue;
    }
    const pair = /^(\s*)([^=:]+?)(\s*[=:]\s*)(.*)$/.exec(content);
    if (!pair) throw fail('this is neither "[section]" nor "key=value"');
    if (!section) throw fail('a value stands before the first [section]');
    const [, indent = '', key = '', equals = '', value = ''] = pair;
    last = { value, line, column: indent.length + key.length + equals.length + 1, label: source.label };
    section.values.set(key.trim().toLowerCase(), last);
  }
  return sections;
}

/** supervisord's words for true. */
export function isTrue(text: string): boolean {
  return ['true', 'yes', 'on', '1'].includes(text.trim().toLowerCase());
}
