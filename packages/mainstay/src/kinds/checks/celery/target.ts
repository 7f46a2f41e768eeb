import type { Severity } from '../../kit/index.ts';
import type { Place } from '../../kit/redis/index.ts';

export interface CeleryTarget extends Place {
  /** Times in ms. */
  workers: number;
  nodes?: string[] | undefined;
  queues: string[];
  wait: number;
  silent: Severity | 'ignore';
  beat?: { key: string; within: number } | undefined;
}
