import { pathSteps } from '../../kit/index.ts';

/** Which of a metric's series count: `name{label="value", other!~"pattern"}`, as in Prometheus. */
export interface Selector {
  name: string;
  accepts: (labels: ReadonlyMap<string, string>) => boolean;
}

const NAME = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^]*)\})?$/;
const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/** null when it is none, or holds a wrong regular expression. */
export function parseSelector(text: string): Selector | null {
  const [, name, inside = ''] = NAME.exec(text.trim()) ?? [];
  if (name === undefined) return null;
  const tests: ((labels: ReadonlyMap<string, string>) => boolean)[] = [];
  let at = 0;
  while (inside.slice(at).trim() !== '') {
    MATCHER.lastIndex = at;
    const match = MATCHER.exec(inside);
    if (match === null) return null;
    at = MATCHER.lastIndex;
    const [, label = '', how = '', value = ''] = match;
    const test = valueTest(how, unescaped(value));
    if (test === null) return null;
    tests.push((labels) => test(labels.get(label) ?? ''));
  }
  return { name, accepts: (labels) => tests.every((test) => test(labels)) };
}

function valueTest(how: string, value: string): ((found: string) => boolean) | null {
  const isNot = how.startsWith('!');
  if (!how.endsWith('~')) return (found) => (found === value) !== isNot;
  try {
    // The whole value, as Prometheus does it.
    const regex = new RegExp(`^(?:${value})$`, 's');
    return (found) => regex.test(found) !== isNot;
  } catch {
    return null;
  }
}

/** `\n`, `\"`, `\\`. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

/** Whether it says where a value stands: a selector, or a path into JSON, which begins with `$`. */
export function isExpression(text: string): boolean {
  return text.startsWith('$') ? pathSteps(text) !== null : parseSelector(text) !== null;
}
