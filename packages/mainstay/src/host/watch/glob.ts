/** What a character of a pattern means in a regular expression, where it is not itself. */
const SPECIAL = /[\\^$.|+()]/;

/**
 * A predicate for paths relative to the watched folder, as .gitignore(5) reads patterns: without a slash a pattern is a name at any
 * depth, with one it starts at the top. `*` and `?` stay within a name, `**` crosses folders, `[…]` is a set, `{a,b}` are
 * alternatives. `data/**` covers `data` itself too, which then is not entered.
 */
export function globMatcher(patterns: readonly string[]): (relative: string) => boolean {
  if (patterns.length === 0) return () => false;
  const regex = new RegExp(patterns.map((pattern) => `^(?:${translate(pattern)})$`).join('|'));
  return (relative) => regex.test(relative);
}

function translate(pattern: string): string {
  let rest = pattern.replace(/^\.\//, '').replace(/\/$/, '');
  let prefix = rest.includes('/') ? '' : '(?:.*/)?';
  let suffix = '';
  if (rest.startsWith('/')) rest = rest.slice(1);
  if (rest.startsWith('**/')) {
    prefix = '(?:.*/)?';
    rest = rest.slice(3);
  }
  if (rest.endsWith('/**')) {
    suffix = '(?:/.*)?';
    rest = rest.slice(0, -3);
  }
  return prefix + body(rest) + suffix;
}

function body(pattern: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    if (pattern.startsWith('/**/', at)) {
      out += '/(?:.*/)?';
      at += 3;
    } else if (pattern.startsWith('**', at)) {
      out += '.*';
      at += 1;
    } else if (character === '*') out += '[^/]*';
    else if (character === '?') out += '[^/]';
    else if (character === '{') {
      out += '(?:';
      depth += 1;
    } else if (character === '}' && depth > 0) {
      out += ')';
      depth -= 1;
    } else if (character === ',' && depth > 0) out += '|';
    else if (character === '[' && pattern.indexOf(']', at + 2) !== -1) {
      const end = pattern.indexOf(']', at + 2);
      out += `[${pattern
        .slice(at + 1, end)
        .replace(/^!/, '^')
        .replaceAll(/[\\[]/g, '\\$&')}]`;
      at = end;
    } else out += SPECIAL.test(character) || '{}[]'.includes(character) ? `\\${character}` : character;
  }
  return out + ')'.repeat(depth);
}
