import type { Limits, Severity } from '../../kit/index.ts';

export interface PostgresTarget {
  url: string;
  password?: string | undefined;
  ca_file?: string | undefined;
  query?: string | undefined;
  expect?: string | number | boolean | undefined;
  role?: 'primary' | 'standby' | undefined;
  /** Fractions of the connections that there may be. */
  connections?: Limits | undefined;
  /** Milliseconds. */
  longest_transaction?: Limits | undefined;
  /** Milliseconds. */
  replication_lag?: Limits | undefined;
  replication: Severity | 'ignore';
  standbys: number;
  /** Fractions of the transactions after which PostgreSQL refuses to write. */
  transaction_age?: Limits | undefined;
  archiver: Severity | 'ignore';
}
