import type { DraftKeys } from './types.ts';

type Limit = 'memory' | 'memory_reservation' | 'cpus' | 'pids';

/** Notes a limit of a service. `text` is as the source writes it; a number alone is bytes where memory is meant. */
export function setLimit(keys: DraftKeys, limit: Limit, text: string): void {
  const value = text.trim();
  const number = /^\d+(\.\d+)?$/.test(value);
  const memory = limit === 'memory' || limit === 'memory_reservation';
  keys.resources = { ...keys.resources, [limit]: !number ? value : memory ? `${value}b` : Number(value) };
}
