import type { MxRecord, SoaRecord, SrvRecord } from 'node:dns';
import type { RecordType } from './target.ts';

/** Records as they are written in a zone file, sorted. */
export function written(type: RecordType, records: unknown): string[] {
  // A SOA record comes alone, a TXT record as its parts.
  const list: unknown[] = Array.isArray(records) ? records : [records];
  return list.map((record) => one(type, record)).toSorted();
}

function one(type: RecordType, record: unknown): string {
  switch (type) {
    case 'MX': {
      const { priority, exchange } = record as MxRecord;
      return `${priority} ${exchange}`;
    }
    case 'SRV': {
      const { priority, weight, port, name } = record as SrvRecord;
      return `${priority} ${weight} ${port} ${name}`;
    }
    case 'SOA': {
      const { nsname, hostmaster, serial } = record as SoaRecord;
      return `${nsname} ${hostmaster} ${serial}`;
    }
    case 'CAA': {
      const { critical: flags, ...property } = record as unknown as Record<string, string | number>;
      const [tag, value] = Object.entries(property).find(([key]) => key !== 'type') ?? ['', ''];
      return `${flags} ${tag} ${value}`;
    }
    case 'TXT':
      return (record as string[]).join('');
    default:
      return String(record);
  }
}
