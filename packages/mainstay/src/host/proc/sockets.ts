import { readdirSync, readlinkSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import type { PortHolder } from '../../ports/index.ts';
import { commandLine, listPids, readProc } from './read.ts';

/** A socket that others cannot bind beside: TCP in LISTEN, UDP bound and not connected. */
export interface Listener {
  family: 4 | 6;
  /** Lower-case hexadecimal in network order: 8 digits for IPv4, 32 for IPv6. */
  address: string;
  inode: string;
}

const LISTENING = { tcp: '0A', udp: '07' };
const MAPPED_IPV4 = '00000000000000000000ffff';

/** The listeners on a port in a table of `/proc/net` (proc(5)): its lines hold `ADDRESS:PORT REMOTE STATE … INODE`. */
export function parseListeners(table: string, family: 4 | 6, protocol: 'tcp' | 'udp', port: number): Listener[] {
  const remote = family === 4 ? '00000000:0000' : `${'0'.repeat(32)}:0000`;
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} ${remote} ${LISTENING[protocol]} `;
  const found: Listener[] = [];
  for (let at = table.indexOf(wanted); at !== -1; at = table.indexOf(wanted, at + 1)) {
    const digits = family === 4 ? 8 : 32;
    const lineEnd = table.indexOf('\n', at);
    // After the state: queues, timer, retransmits, uid, timeout, inode.
    const rest = table
      .slice(at + wanted.length, lineEnd === -1 ? undefined : lineEnd)
      .trim()
      .split(/ +/, 6);
    found.push({ family, address: networkOrder(table.slice(at - digits, at)), inode: rest[5] ?? '' });
  }
  return found;
}

/** The kernel prints addresses as 32-bit words of the machine, which is little-endian wherever Node runs on Linux today. */
function networkOrder(hex: string): string {
  let ordered = '';
  for (let at = 0; at < hex.length; at += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) ordered += hex.slice(at + byte, at + byte + 2);
  }
  return ordered.toLowerCase();
}

/** `0100007F:0050` of a table of `/proc/net` as `127.0.0.1:80`; an IPv6 address in full, in brackets. */
export function addressText(written: string): string {
  const [hex = '', port = ''] = written.split(':');
  const bytes = plain(networkOrder(hex));
  const parts = bytes.match(bytes.length === 8 ? /../g : /..../g) ?? [];
  const shown = bytes.length === 8 ? parts.map((part) => Number.parseInt(part, 16)).join('.') : `[${parts.join(':')}]`;
  return `${shown}:${Number.parseInt(port, 16)}`;
}

/**
 * Who holds a port so that `host` cannot be bound to it (null means every address); null when nobody does.
 * `allowed` names holders that do not count.
 */
export function portHolder(
  port: number,
  protocol: 'tcp' | 'udp',
  host: string | null,
  allowed: (pid: number) => boolean = () => false,
): PortHolder | null {
  const listeners: Listener[] = [];
  for (const family of [4, 6] as const) {
    const table = readProc(`/proc/net/${protocol}${family === 6 ? '6' : ''}`);
    if (table !== null) listeners.push(...parseListeners(table.toString('latin1'), family, protocol, port));
  }
  const inTheWay = listeners.filter((listener) => overlaps(listener, host));
  if (inTheWay.length === 0) return null;
  const pids = socketOwners(new Set(inTheWay.map((listener) => listener.inode)));
  if (pids.length === 0) return { port, pid: null, command: null };
  const holder = pids.find((pid) => !allowed(pid));
  return holder === undefined ? null : { port, pid: holder, command: commandLine(holder) };
}

/**
 * Whether a listener prevents binding `host`. A wildcard overlaps with everything; `::` also takes IPv4
 * (whether it was limited to IPv6 cannot be seen). A host name is taken for any address.
 */
export function overlaps(listener: Listener, host: string | null): boolean {
  const wanted = host === null ? null : addressHex(host.replace(/^\[(.*)\]$/, '$1'));
  if (wanted === null || isWildcard(listener.address)) return true;
  if (isWildcard(wanted)) return wanted.length === 32 || listener.family === 4;
  return plain(listener.address) === plain(wanted);
}

function isWildcard(address: string): boolean {
  return /^0+$/.test(address);
}

/** An IPv4 address inside IPv6 (`::ffff:a.b.c.d`) as the IPv4 address it is. */
function plain(address: string): string {
  return address.startsWith(MAPPED_IPV4) ? address.slice(MAPPED_IPV4.length) : address;
}

/** An address in network order, hexadecimal; null when it is a name. */
export function addressHex(host: string): string | null {
  if (isIPv4(host)) return host.split('.').map(hexByte).join('');
  if (!isIPv6(host)) return null;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(host);
  let text = (dotted === null ? host : dotted[1]) ?? host;
  if (dotted?.[2] !== undefined) {
    const hex = dotted[2].split('.').map(hexByte).join('');
    text += `${hex.slice(0, 4)}:${hex.slice(4)}`;
  }
  const [head = '', tail] = text.replace(/%.*$/, '').split('::');
  const before = groups(head);
  const after = groups(tail ?? '');
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => '0000'), ...after].join('');
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.toLowerCase().padStart(4, '0'));
}

function hexByte(decimal: string): string {
  return Number(decimal).toString(16).padStart(2, '0');
}

/** Processes that have one of these sockets open, as far as their descriptors may be read. */
function socketOwners(inodes: ReadonlySet<string>): number[] {
  const owners: number[] = [];
  for (const pid of listPids()) {
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${pid}/fd`);
    } catch {
      continue;
    }
    for (const descriptor of descriptors) {
      let target: string;
      try {
        target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
      } catch {
        continue;
      }
      if (target.startsWith('socket:[') && inodes.has(target.slice(8, -1))) {
        owners.push(pid);
        break;
      }
    }
  }
  return owners;
}
