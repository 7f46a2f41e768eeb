import type { Expiry } from '../../kit/index.ts';

export interface TlsTarget {
  address: string;
  server_name?: string | undefined;
  names: string[];
  ca_file?: string | undefined;
  expiry: Expiry;
}
