import { isIP } from 'node:net';
import type { ApiPlan } from '../../core/plan/index.ts';
import { type Parsed, quoted, refuse } from '../../core/quantity/index.ts';

type Listen = Pick<ApiPlan, 'host' | 'port'>;

const HINT = 'write 7070, "127.0.0.1:7070", "[::1]:7070" or "0.0.0.0:7070" for every address';
/** JSON Schema pattern of a place to listen. */
export const LISTEN_PATTERN = String.raw`^(.+:)?\d{1,5}$`;

/** `7070` (this machine only), `"127.0.0.1:7070"`, `"localhost:7070"`, `"[::1]:7070"`, `"0.0.0.0:7070"`. */
export function parseListen(raw: unknown): Parsed<Listen> {
  const match =
    typeof raw === 'string' || typeof raw === 'number' ? /^(?:(\[[^\]]*\]|[^:]*):)?(\d{1,5})$/.exec(String(raw)) : null;
  if (match === null) return refuse(`must be an address and a port, not ${quoted(raw)}`, HINT);
  const written = (match[1] ?? 'localhost').replace(/^\[(.*)\]$/, '$1');
  const host = written === 'localhost' ? '127.0.0.1' : written;
  if (isIP(host) === 0) return refuse(`${quoted(written)} is not an IP address`, HINT);
  const port = Number(match[2]);
  if (port < 1 || port > 65_535) return refuse(`${port} is not a port`, 'ports go from 1 to 65535');
  return { value: { host, port } };
}

/** As `parseListen` reads it. */
export function formatListen({ host, port }: Listen): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
