import type { Notes } from '../notes.ts';
import { closingBrace, Unbalanced } from '../words.ts';

/**
 * Turns compose's `$NAME` and `${NAME…}` (Compose specification, Interpolation) into templates of
 * mainstay.yaml, and notes the forms that it does not have.
 */
export function interpolate(text: string, where: string, notes: Notes): string {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char !== '$') {
      result += char;
      continue;
    }
    const rest = text.slice(at + 1);
    const bare = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (rest.startsWith('$')) {
      result += '$$';
      at += 1;
    } else if (bare) {
      result += `\${${bare}}`;
      at += bare.length;
    } else if (rest.startsWith('{')) {
      const close = endOf(text, at + 1);
      result += close === null ? '$$' : braced(text.slice(at + 2, close), where, notes);
      if (close !== null) at = close;
    } else result += '$$';
  }
  return result;
}

function endOf(text: string, open: number): number | null {
  try {
    return closingBrace(text, open);
  } catch (error) {
    if (error instanceof Unbalanced) return null;
    throw error;
  }
}

function braced(inside: string, where: string, notes: Notes): string {
  const match = /^([A-Za-z_]\w*)(?:(:?[-?+])(.*))?$/s.exec(inside);
  const name = match?.[1];
  if (!name) return `$\${${inside}}`;
  const form = match[2] ?? '';
  const rest = match[3] ?? '';
  const what = `\${${name}${form}…}`;
  if (form === '') return `\${${name}}`;
  if (form.endsWith('?')) {
    notes.approximated(
      where,
      what,
      'its message cannot be kept',
      `nothing: an unset ${name} is an error here too${form === '?' ? '' : ', but an empty one is not'}`,
    );
    return `\${${name}}`;
  }
  if (form.endsWith('+')) {
    notes.dropped(
      where,
      what,
      'a text for the case that a variable is set cannot be written',
      `write the text itself, or another variable with \${${name}_TEXT:-}`,
    );
    return '';
  }
  if (form === '-') {
    notes.approximated(where, what, `an empty ${name} gets the default too`, 'nothing, unless it may be empty');
  }
  return `\${${name}:-${interpolate(rest, where, notes)}}`;
}
