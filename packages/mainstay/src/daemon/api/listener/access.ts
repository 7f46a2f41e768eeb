import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import { allows, type ApiKey, type Scope } from '../../../core/access/index.ts';

/**
 * Lets a request pass whose key allows what it needs.
 * @throws MainstayError `unauthorized` when it has none, or one that nobody knows
 * @throws MainstayError `forbidden` when its key does not allow it
 */
export function admit(request: IncomingMessage, needed: Scope, keys: readonly ApiKey[]): void {
  const presented = keyOf(request);
  const found = presented === null ? null : matching(presented, keys);
  if (found === null) {
    const why = presented === null ? 'it has no key' : 'its key is not known';
    throw new MainstayError(
      'unauthorized',
      `cannot answer: ${why}`,
      'mainstay keys add NAME, then send the key as X-API-Key or Authorization: Bearer',
    );
  }
  if (allows(found, needed)) return;
  const hint = 'mainstay keys add NAME --scope control';
  throw new MainstayError('forbidden', `cannot do it: the key "${found.name}" may only read`, hint);
}

function keyOf({ headers }: IncomingMessage): string | null {
  const own = headers['x-api-key'];
  if (typeof own === 'string' && own !== '') return own;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Compares with every key, each in constant time: how long it takes tells nothing of any of them. */
function matching(presented: string, keys: readonly ApiKey[]): ApiKey | null {
  const hash = createHash('sha256').update(presented).digest();
  let found: ApiKey | null = null;
  for (const key of keys) if (timingSafeEqual(hash, Buffer.from(key.hash, 'hex'))) found = key;
  return found;
}
