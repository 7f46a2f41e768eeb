import { isIP } from 'node:net';

export const TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

export type RecordType = (typeof TYPES)[number];

export interface DnsTarget {
  name: string;
  type: RecordType;
  expect: string[];
  exactly: boolean;
  server?: string | undefined;
}

/** `127.0.0.1`, `127.0.0.1:5353`, `::1`, `[::1]:53` as the resolver takes it; null when it is not an address. */
export function parseServer(text: string): string | null {
  if (isIP(text) !== 0) return text;
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3]);
  return isIP(host) !== 0 && port >= 1 && port <= 65_535 ? text : null;
}
