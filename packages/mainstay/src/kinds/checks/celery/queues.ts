import type { ProbeContext } from '../../../ports/index.ts';
import type { RedisConnection } from '../../kit/redis/index.ts';

/** kombu keeps a list for each step of the priority; the one of the highest has no suffix. */
const STEPS = ['', '\x06\x163', '\x06\x166', '\x06\x169'];

export interface Queues {
  /** Tasks in all queues. */
  waiting: number;
  /** Seconds since the task that is next in one of the lists was first seen there; the longest. */
  oldest: number;
  /** Taken by a worker and not acknowledged; of all queues of the broker. */
  unfinished: number;
}

/** When the task at the end of each list was first seen there, UTC ms. */
type Seen = Record<string, { task: string; at: number }>;

/** Tasks carry no time at which they were sent: how long the next one has been the next is what can be seen from outside. */
export async function lookAtQueues(
  redis: RedisConnection,
  queues: readonly string[],
  { memory, wallMs }: ProbeContext,
): Promise<Queues> {
  const before = (memory['next'] ?? {}) as Seen;
  const next: Seen = {};
  const now = wallMs();
  let waiting = 0;
  for (const list of queues.flatMap((queue) => STEPS.map((step) => queue + step))) {
    waiting += Number(await redis.ask('LLEN', list));
    const task = taskOf(await redis.ask('LINDEX', list, '-1'));
    if (task === null) continue;
    const known = before[list];
    next[list] = known?.task === task && known.at <= now ? known : { task, at: now };
  }
  memory['next'] = next;
  const oldest = Math.max(0, ...Object.values(next).map(({ at }) => Math.round((now - at) / 1000)));
  return { waiting, oldest, unfinished: Number(await redis.ask('HLEN', 'unacked')) };
}

function taskOf(message: unknown): string | null {
  if (typeof message !== 'string') return null;
  try {
    const { headers, properties } = JSON.parse(message) as {
      headers?: { id?: string };
      properties?: { delivery_tag?: string };
    };
    return headers?.id ?? properties?.delivery_tag ?? message.slice(0, 100);
  } catch {
    return message.slice(0, 100);
  }
}
