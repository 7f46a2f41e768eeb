import type { ProbeContext } from '../../ports/index.ts';

/** A counter of restarts as it stood at a moment, monotonic milliseconds. */
interface Count {
  at: number;
  count: number;
}

/** How often something was restarted within a time, as far as earlier runs of the check go back: 0 at the first. */
export function restartsWithin({ memory, monotonicMs }: ProbeContext, count: number, windowMs: number): number {
  const at = monotonicMs();
  const before = ((memory['restarts'] ?? []) as Count[]).filter((one) => at - one.at <= windowMs);
  const last = before.at(-1);
  // A start by hand sets the counter to 0; what was counted before is then of another time.
  const counts = last !== undefined && last.count > count ? [] : before;
  // Between two equal counts of one length of time nothing is to be learnt.
  if (counts.at(-2)?.count === count && counts.at(-1)?.count === count) counts.pop();
  memory['restarts'] = [...counts, { at, count }];
  return count - (counts[0]?.count ?? count);
}
