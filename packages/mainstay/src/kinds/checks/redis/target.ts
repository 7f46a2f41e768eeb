import type { Limits, Severity } from '../../kit/index.ts';

export interface RedisTarget {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  role?: 'master' | 'replica' | undefined;
  /** Fractions of the memory that Redis may use. */
  used_memory?: Limits | undefined;
  persistence: Severity | 'ignore';
  replication: Severity | 'ignore';
  rejected_connections: Severity | 'ignore';
  ca_file?: string | undefined;
}
