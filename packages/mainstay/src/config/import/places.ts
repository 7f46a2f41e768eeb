import type { Draft } from './types.ts';

/**
 * Runs a reader of one key of the source, and remembers where that stands for every key of the draft
 * that it changed, for notes on values that are refused later.
 */
export function placed(draft: Draft, where: string, read: () => void): void {
  const before = flat(draft);
  read();
  const places = (draft.keyPlaces ??= new Map());
  for (const [key, value] of flat(draft)) if (before.get(key) !== value) places.set(key, where);
}

/** Where the key of a draft (`stop_signal`, `restart_policy.delay`) comes from. */
export function placeOf(draft: Draft, key: string): string {
  return draft.keyPlaces?.get(key) ?? draft.keyPlaces?.get(key.replace(/\..*/, '')) ?? draft.where;
}

/** Keys and the keys inside them, with their values as text. */
function flat(draft: Draft): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(draft.keys) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, part] of Object.entries(value)) found.set(`${key}.${inner}`, JSON.stringify(part));
    } else found.set(key, JSON.stringify(value));
  }
  return found;
}
