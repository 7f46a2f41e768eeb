import type { Limits, Severity } from '../../kit/index.ts';
import type { Place } from '../../kit/redis/index.ts';

export interface RedisTarget extends Place {
  role?: 'master' | 'replica' | undefined;
  /** Fractions of the memory that Redis may use. */
  used_memory?: Limits | undefined;
  persistence: Severity | 'ignore';
  replication: Severity | 'ignore';
  rejected_connections: Severity | 'ignore';
}
