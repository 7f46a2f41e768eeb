/** What became of a value as it was written. */
export type Parsed<T> = { value: T } | Refused;

export interface Refused {
  /** Completes "services.web.instances: …". */
  reason: string;
  hint: string | null;
}

export function refuse(reason: string, hint: string | null = null): Refused {
  return { reason, hint };
}

/** How a value is quoted in a message. */
export function quoted(raw: unknown): string {
  if (raw === null || raw === undefined) return 'nothing';
  if (Array.isArray(raw)) return 'a list';
  if (typeof raw === 'object') return 'a mapping';
  return JSON.stringify(raw);
}
