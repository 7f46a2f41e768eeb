import { oneLine, pathSteps, pattern } from '../../kit/index.ts';
import type { Answer } from './request.ts';
import type { HttpExpect } from './target.ts';

/** What is wrong with an answer, or null. */
export function complaint(answer: Answer, expect: HttpExpect): string | null {
  if (!statusMatches(answer.status, expect.status)) {
    return `status ${answer.status}, not ${expect.status.join(' or ')}`;
  }
  for (const [name, wanted] of Object.entries(expect.headers)) {
    const value = answer.headers[name.toLowerCase()];
    if (value === undefined) return `header ${name} is missing`;
    if (!pattern(wanted)([value].flat().join(', '))) return `header ${name} is not as expected`;
  }
  const wantsPaths = Object.keys(expect.json_path ?? {}).length > 0;
  if (expect.text === undefined && expect.json === undefined && !wantsPaths) return null;
  const text = answer.body.toString('utf8');
  if (expect.text !== undefined && !pattern(expect.text)(text)) {
    return `the body does not contain the expected text${answer.cut ? ' within its first MiB' : ''}`;
  }
  return expect.json === undefined && !wantsPaths ? null : jsonComplaint(text, answer.cut, expect);
}

export function statusMatches(status: number, wanted: HttpExpect['status']): boolean {
  return wanted.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
}

function jsonComplaint(text: string, cut: boolean, { json, json_path: paths = {} }: HttpExpect): string | null {
  if (cut) return 'the body is larger than a MiB, too large to be read as JSON';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text === '' ? 'the body is empty, not JSON' : 'the body is not JSON';
  }
  const inside = json === undefined ? null : difference(value, json, 'json');
  return (
    inside ??
    firstOf(
      Object.entries(paths).map(
        ([path, wanted]) =>
          () =>
            atPath(value, path, wanted),
      ),
    )
  );
}

/** What is wrong with the value at a path, or null. */
function atPath(value: unknown, path: string, wanted: unknown): string | null {
  let found = value;
  for (const step of pathSteps(path) ?? []) {
    const there = typeof found === 'object' && found !== null && Object.hasOwn(found, step);
    if (!there) return `json at ${path} is missing, not ${shown(wanted)}`;
    found = (found as Record<string, unknown>)[step];
  }
  if (typeof wanted !== 'string' || !/^\/.+\/[imsu]*$/s.test(wanted))
    return difference(found, wanted, `json at ${path}`);
  const matches = typeof found !== 'object' && pattern(wanted)(String(found));
  return matches ? null : `json at ${path} is ${shown(found)}, which does not match ${wanted}`;
}

/** Where `value` lacks something of `wanted`: objects may have more keys, everything else must be equal. */
export function difference(value: unknown, wanted: unknown, path: string): string | null {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || value.length !== wanted.length) {
      return `${path} is ${shown(value)}, not a list of ${wanted.length}`;
    }
    return firstOf(wanted.map((item, index) => () => difference(value[index], item, `${path}[${index}]`)));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `${path} is ${shown(value)}, not an object`;
    }
    const inside = value as Record<string, unknown>;
    return firstOf(
      Object.entries(wanted).map(
        ([key, item]) =>
          () =>
            Object.hasOwn(inside, key)
              ? difference(inside[key], item, `${path}.${key}`)
              : `${path}.${key} is missing, not ${shown(item)}`,
      ),
    );
  }
  return Object.is(value, wanted) || value === wanted ? null : `${path} is ${shown(value)}, not ${shown(wanted)}`;
}

function firstOf(tests: (() => string | null)[]): string | null {
  for (const test of tests) {
    const found = test();
    if (found !== null) return found;
  }
  return null;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return oneLine(JSON.stringify(value) ?? 'undefined', 60);
}
