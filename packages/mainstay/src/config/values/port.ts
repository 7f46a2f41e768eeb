import { isIP } from 'node:net';
import type { PortPlan } from '../../core/plan/index.ts';
import { type Parsed, quoted, refuse } from '../../core/quantity/index.ts';

const HINT = 'write 5000, "127.0.0.1:5432", "5000+" (5000 + ${INSTANCE}) or "53/udp"';
/** JSON Schema pattern of a port. */
export const PORT_PATTERN = String.raw`^(.+:)?\d{1,5}\+?(/(tcp|udp))?$`;

/** `5000`, `"127.0.0.1:5432"`, `"[::1]:80"`, `"5000+"` (one port an instance), `"53/udp"`. */
export function parsePort(raw: unknown): Parsed<PortPlan> {
  if (typeof raw !== 'string' && typeof raw !== 'number') return refuse(`must be a port, not ${quoted(raw)}`, HINT);
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)(\+)?(?:\/(tcp|udp))?$/.exec(String(raw));
  if (match === null) return refuse(`${quoted(raw)} is not a port`, HINT);
  const host = match[1] === undefined ? null : match[1].replace(/^\[(.*)\]$/, '$1');
  if (host !== null && /^\d+$/.test(host)) {
    return refuse(
      `${quoted(raw)} would map a port, and mainstay maps none`,
      `write the port the program listens on: ${match[2]}`,
    );
  }
  if (host !== null && host !== '*' && host !== 'localhost' && isIP(host) === 0) {
    return refuse(`${quoted(host)} is not an address`, 'write an IP address or localhost before the port');
  }
  const port = Number(match[2]);
  if (port < 1 || port > 65_535) return refuse(`${port} is not a port`, 'ports go from 1 to 65535');
  return {
    value: {
      host: host === '*' || host === '0.0.0.0' || host === '::' ? null : host,
      port,
      step: match[3] === undefined ? 0 : 1,
      protocol: match[4] === 'udp' ? 'udp' : 'tcp',
    },
  };
}

/** As `parsePort` reads it. */
export function formatPort(port: PortPlan): string {
  const host = port.host === null ? '' : port.host.includes(':') ? `[${port.host}]:` : `${port.host}:`;
  return `${host}${port.port}${port.step === 1 ? '+' : ''}${port.protocol === 'udp' ? '/udp' : ''}`;
}
