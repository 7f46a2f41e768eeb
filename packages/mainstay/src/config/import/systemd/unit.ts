import { sourceError } from '../errors.ts';
import type { Source } from '../types.ts';

export interface Setting {
  section: string;
  key: string;
  value: string;
  line: number;
  /** Column of the value on its line. */
  column: number;
  label: string;
  path: string;
}

/** A unit with its drop-ins. */
export interface Unit {
  /** For example `web.service`. */
  name: string;
  source: Source;
  settings: Setting[];
}

/**
 * Parses a unit file (systemd.syntax(7)): sections, `key=value`, lines that go on after a backslash,
 * comments with `#` and `;`, also between the lines of one value.
 * @throws MainstayError naming file, line and column
 */
export function parseUnit(source: Source): Setting[] {
  const settings: Setting[] = [];
  const lines = source.text.split(/\r?\n/);
  let section = '';
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    let content = lines[at] ?? '';
    if (/^\s*(?:[#;]|$)/.test(content)) continue;
    while (content.endsWith('\\') && at + 1 < lines.length) {
      at += 1;
      const next = lines[at] ?? '';
      if (/^\s*[#;]/.test(next)) continue;
      content = `${content.slice(0, -1)} ${next.trimStart()}`;
    }
    const fail = (why: string, column = 1) => sourceError(source.label, line, column, why);
    const header = /^\s*\[(.*)\]\s*$/.exec(content);
    if (header) {
      section = header[1] ?? '';
      continue;
    }
    if (/^\s*\[/.test(content)) throw fail('a section begins here and its "]" is missing', content.length + 1);
    const pair = /^\s*([^=]+?)\s*=\s*/.exec(content);
    if (!pair?.[1]) throw fail('this is neither "[Section]" nor "Key=value"');
    if (section === '') throw fail('a value stands before the first [Section]');
    settings.push({
      section,
      key: pair[1],
      value: content.slice(pair[0].length).trim(),
      line,
      column: pair[0].length + 1,
      label: source.label,
      path: source.path,
    });
  }
  return settings;
}

/** All settings of a list key: an empty one forgets those before it. */
export function listOf(unit: Unit, section: string, key: string): Setting[] {
  let found: Setting[] = [];
  for (const setting of unit.settings) {
    if (setting.section !== section || setting.key !== key) continue;
    found = setting.value === '' ? [] : [...found, setting];
  }
  return found;
}

/** The setting of a key that counts: the last one; null when there is none or it is empty. */
export function lastOf(unit: Unit, section: string, key: string): Setting | null {
  const found = unit.settings.findLast((setting) => setting.section === section && setting.key === key);
  return found && found.value !== '' ? found : null;
}
