/** Answers the value of a variable, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/** One use of a variable. `fallback` is what stands after `:-`, itself a template; null when there is none. */
export interface Reference {
  name: string;
  fallback: string | null;
}

/** Something that looks like a reference and is none. */
export interface Malformed {
  /** The text from `${` on, as written. */
  text: string;
  /** What is wrong with it, for a person. */
  reason: string;
}

export type Part =
  | { type: 'text'; text: string }
  | { type: 'reference'; reference: Reference; source: string }
  | { type: 'malformed'; malformed: Malformed };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Splits a template into its parts. `${NAME}` and `${NAME:-default}` are references, `$$` is a dollar
 * sign, and any other `$` is itself: a shell's `$1` needs no escape, a shell's `${x%.*}` is written
 * `$${x%.*}`.
 */
export function parseTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ type: 'text', text });
    text = '';
  };
  let at = 0;
  while (at < template.length) {
    const dollar = template.indexOf('$', at);
    if (dollar === -1) break;
    text += template.slice(at, dollar);
    const next = template[dollar + 1];
    if (next === '{') {
      flush();
      const { part, end } = reference(template, dollar);
      parts.push(part);
      at = end;
    } else {
      text += '$';
      at = dollar + (next === '$' ? 2 : 1);
    }
  }
  text += template.slice(at);
  flush();
  return parts;
}

/** The part that starts with `${` at `start`, and where the template goes on after it. */
function reference(template: string, start: number): { part: Part; end: number } {
  const close = closingBrace(template, start + 2);
  if (close === -1) {
    return { part: malformed(template.slice(start), 'has no closing brace'), end: template.length };
  }
  const source = template.slice(start, close + 1);
  const inner = template.slice(start + 2, close);
  const end = close + 1;
  const name = NAME.exec(inner)?.[0];
  if (name === undefined) return { part: malformed(source, 'names no variable'), end };
  const rest = inner.slice(name.length);
  if (rest === '') return { part: { type: 'reference', reference: { name, fallback: null }, source }, end };
  if (rest.startsWith(':-')) {
    return { part: { type: 'reference', reference: { name, fallback: rest.slice(2) }, source }, end };
  }
  return { part: malformed(source, 'is neither ${NAME} nor ${NAME:-default}'), end };
}

function malformed(text: string, reason: string): Part {
  return { type: 'malformed', malformed: { text, reason } };
}

/** Index of the `}` that closes a reference whose inside starts at `from`; references nest in defaults. */
function closingBrace(template: string, from: number): number {
  let depth = 1;
  for (let at = from; at < template.length; at += 1) {
    if (template.startsWith('${', at)) {
      depth += 1;
      at += 1;
    } else if (template[at] === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/**
 * Fills in the variables. A default is used when its variable is unset or empty, as in a shell.
 * Names that are not set and have no default are listed in `missing`, each once, and become empty.
 * Malformed references stand as they are: the configuration refuses them before anything is expanded.
 */
export function expand(template: string, lookup: Lookup): { value: string; missing: string[] } {
  const missing = new Set<string>();
  const value = expandInto(template, lookup, missing);
  return { value, missing: [...missing] };
}

function expandInto(template: string, lookup: Lookup, missing: Set<string>): string {
  if (!template.includes('$')) return template;
  let value = '';
  for (const part of parseTemplate(template)) {
    if (part.type === 'text') value += part.text;
    else if (part.type === 'malformed') value += part.malformed.text;
    else {
      const { name, fallback } = part.reference;
      const found = lookup(name);
      if (found !== undefined && (found !== '' || fallback === null)) value += found;
      else if (fallback !== null) value += expandInto(fallback, lookup, missing);
      else missing.add(name);
    }
  }
  return value;
}

/** Fills in the variables of every string in a value of lists and mappings. */
export function expandDeep(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return expand(value, lookup).value;
  if (Array.isArray(value)) return value.map((one) => expandDeep(one, lookup));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expandDeep(one, lookup)]));
  }
  return value;
}

/** The variables that references in a value of lists and mappings name, and that are set. */
export function variablesIn(value: unknown, lookup: Lookup): Record<string, string> {
  if (typeof value === 'string') {
    const found = references(value).map(({ name }) => [name, lookup(name)] as const);
    return Object.fromEntries(found.filter((one): one is [string, string] => one[1] !== undefined));
  }
  if (value === null || typeof value !== 'object') return {};
  return Object.assign({}, ...Object.values(value).map((one) => variablesIn(one, lookup))) as Record<string, string>;
}

/** Every reference of a template, those in defaults included. */
export function references(template: string): Reference[] {
  const found: Reference[] = [];
  if (!template.includes('${')) return found;
  for (const part of parseTemplate(template)) {
    if (part.type !== 'reference') continue;
    found.push(part.reference);
    if (part.reference.fallback !== null) found.push(...references(part.reference.fallback));
  }
  return found;
}

/** What looks like a reference and is none, those in defaults included. */
export function malformedReferences(template: string): Malformed[] {
  const found: Malformed[] = [];
  if (!template.includes('${')) return found;
  for (const part of parseTemplate(template)) {
    if (part.type === 'malformed') found.push(part.malformed);
    else if (part.type === 'reference' && part.reference.fallback !== null) {
      found.push(...malformedReferences(part.reference.fallback));
    }
  }
  return found;
}

/** The template that expands to exactly `text`. */
export function escapeTemplate(text: string): string {
  return text.replaceAll(/\$(?=[${])/g, '$$$$');
}
