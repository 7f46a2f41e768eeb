import { setTimeout as delay } from 'node:timers/promises';
import type { ProbeContext } from '../../ports/index.ts';

/** A counter as it stood at a moment, monotonic milliseconds. */
export interface Reading<T> {
  at: number;
  value: T;
}

/** Of the time that is averaged over, into how many parts it is divided. */
const PARTS = 60;
/** Without an earlier run, how long is waited for a second reading, and which part of the time there is. */
const FIRST_MS = 500;
const FIRST_PART = 4;

/**
 * Reads counters, and finds their readings of about `windowMs` ago: those of earlier runs, as far as they go back, or those of a moment
 * ago at the first run. null: they cannot be read. Rejects with the reason of the signal.
 */
export async function sinceEarlier<T>(
  context: ProbeContext,
  windowMs: number,
  read: () => T | null | Promise<T | null>,
): Promise<{ before: Reading<T>; now: Reading<T> } | null> {
  const readings = (context.memory['readings'] ?? []) as Reading<T>[];
  const once = async (): Promise<Reading<T> | null> => {
    const value = await read();
    return value === null ? null : { at: context.monotonicMs(), value };
  };
  let now = await once();
  if (now === null) return null;
  if (readings.length === 0) {
    readings.push(now);
    await delay(Math.min(FIRST_MS, context.timeoutMs / FIRST_PART), undefined, { signal: context.signal }).catch(() =>
      context.signal.throwIfAborted(),
    );
    now = await once();
    if (now === null) return null;
  }
  // The first one stays as long as no later one is as old as the window.
  while (readings.length > 1 && now.at - readings[1]!.at >= windowMs) readings.shift();
  const before = readings[0]!;
  if (now.at - readings.at(-1)!.at >= windowMs / PARTS) readings.push(now);
  context.memory['readings'] = readings;
  return { before, now };
}
