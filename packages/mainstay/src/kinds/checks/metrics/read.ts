import { pathSteps } from '../../kit/index.ts';
import { parseSelector, unescaped } from './selector.ts';

/** A value; or in words why there is none. */
export type Found = number | { why: string };

/** The value that an expression names in what an endpoint answered. */
export function valueIn(body: string, expression: string): Found {
  return expression.startsWith('$') ? inJson(body, expression) : inText(body, expression);
}

function inJson(body: string, path: string): Found {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    return { why: 'the answer is not JSON' };
  }
  for (const step of pathSteps(path) ?? []) {
    const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, step);
    if (!isThere) return { why: `there is no ${path}` };
    found = (found as Record<string, unknown>)[step];
  }
  if (typeof found === 'boolean') return found ? 1 : 0;
  const value = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof value === 'number' && Number.isFinite(value) ? value : { why: `${path} is not a number` };
}

const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*,?/y;

/**
 * The sum of all series that a selector names, in the text format of Prometheus
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A metric that is declared and has no such series counts as 0: a counter
 * with labels has none before it has counted something.
 */
function inText(body: string, text: string): Found {
  const selector = parseSelector(text);
  if (selector === null) return { why: `"${text}" is no selector` };
  let sum = 0;
  let isKnown = false;
  for (const line of body.split('\n')) {
    if (line.startsWith('#')) {
      const [, word, name] = line.split(/\s+/, 3);
      // OpenMetrics declares a counter without the ending of its series.
      const isDeclared = name === selector.name || `${name}_total` === selector.name;
      if ((word === 'TYPE' || word === 'HELP') && isDeclared) isKnown = true;
      continue;
    }
    if (!line.startsWith(selector.name)) continue;
    const series = parseSeries(line, selector.name.length);
    if (series === null) continue;
    isKnown = true;
    if (selector.accepts(series.labels) && Number.isFinite(series.value)) sum += series.value;
  }
  return isKnown ? sum : { why: `there is no metric ${selector.name}` };
}

/** The rest of a line after the name; null when the name goes on, or it is none. */
function parseSeries(line: string, nameLength: number): { labels: Map<string, string>; value: number } | null {
  const labels = new Map<string, string>();
  let at = nameLength;
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== '}') {
      LABEL.lastIndex = at;
      const match = LABEL.exec(line);
      if (match === null) return null;
      labels.set(match[1] ?? '', unescaped(match[2] ?? ''));
      at = LABEL.lastIndex;
    }
    at += 1;
  } else if (!/[ \t]/.test(line[at] ?? '')) return null;
  const [word = ''] = line.slice(at).trim().split(/[ \t]/, 1);
  return word === '' ? null : { labels, value: Number(word.replace(/^([+-]?)Inf$/, '$1Infinity')) };
}
