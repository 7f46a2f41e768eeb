/** What `/health` of a daemon says. */
export interface Health {
  /** The daemon's own time when it answered. */
  timestamp: string;
  /** What is not well, in words. */
  bad: string[];
}

/** States that need no word. */
const WELL = new Set(['pass', 'ok', 'up', 'healthy', 'ready', 'running', 'completed', 'stopped', 'maintenance']);
/** Services that are named, at most. */
const NAMED = 5;

/** The answer of a daemon, or why it is none. Formats: `{status, timestamp, services: {name: state}}`; 503 when `status` is `fail`. */
export function readHealth(status: number, body: string): Health | string {
  if (status !== 200 && status !== 503) return `status ${status}, which mainstay does not answer`;
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return 'what answers there is not mainstay';
  }
  const { status: said, timestamp, services } = (answer ?? {}) as Record<string, unknown>;
  if (typeof said !== 'string' || typeof timestamp !== 'string') return 'what answers there is not mainstay';
  const states = Object.entries(typeof services === 'object' && services !== null ? services : {});
  const bad = states.flatMap(([name, state]) => (WELL.has(wordOf(state)) ? [] : [`${name} is ${wordOf(state)}`]));
  if (bad.length === 0 && !WELL.has(said)) bad.push(`its status is ${said}`);
  const more = bad.length - NAMED;
  return { timestamp, bad: more > 0 ? [...bad.slice(0, NAMED), `and ${more} more`] : bad };
}

function wordOf(state: unknown): string {
  const inner = typeof state === 'object' && state !== null ? (state as { status?: unknown }).status : state;
  return typeof inner === 'string' ? inner : 'in no known state';
}
