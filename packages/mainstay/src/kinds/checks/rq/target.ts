import type { Place } from '../../kit/redis/index.ts';

export interface RqTarget extends Place {
  workers: number;
  queues: string[];
  /** ms. */
  stale: number;
}
