/** Kinds whose own run is to connect: another connection would be the same layer once more. */
export const CONNECTS: ReadonlySet<string> = new Set(['tcp', 'port']);

const PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** The TCP address that the target of a check names, by its `url`, or its `address` and `port`; null: none. */
export function addressOf(target: Record<string, unknown>): { host: string; port: number } | null {
  const { url, address, port } = target;
  if (typeof url === 'string') return ofUrl(url);
  if (typeof address === 'string' && port === undefined) return ofUrl(`tcp://${address}`);
  const number = Number(port);
  if (port === undefined || !Number.isInteger(number) || number < 1 || number > 65_535) return null;
  return { host: typeof address === 'string' ? address : '127.0.0.1', port: number };
}

function ofUrl(text: string): { host: string; port: number } | null {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return null;
  const port = url.port === '' ? PORTS[url.protocol.replace(/\+\w+:$/, ':')] : Number(url.port);
  return port === undefined ? null : { host: url.hostname.replaceAll(/[[\]]/g, ''), port };
}
