import { readlinkSync, readdirSync } from 'node:fs';
import { SocketAddress, isIPv6 } from 'node:net';
import { type LiveProcess, inParts, readKernel } from '../../kit/index.ts';

/** A socket that listens. */
interface Listener {
  /** As it is usually written: `127.0.0.1`, `::`. */
  address: string;
  inode: string;
}

/** Of TCP those in LISTEN, of UDP those that are bound and not connected. */
const LISTENING = { tcp: '0A', udp: '07' };
const ANY = new Set(['0.0.0.0', '::']);

/** Who listens on a port, of both families; null when the kernel does not tell. */
export function listeners(port: number, protocol: 'tcp' | 'udp', address: string | undefined): Listener[] | null {
  const tables = [readKernel(`/proc/net/${protocol}`), readKernel(`/proc/net/${protocol}6`)];
  if (tables.every((table) => table === null)) return null;
  const wanted = address === undefined ? null : usual(address);
  return tables
    .flatMap((table) => parse(table ?? '', port, LISTENING[protocol]))
    .filter((one) => wanted === null || one.address === wanted || takesAll(one.address, wanted));
}

/** `::` takes what comes for IPv4 addresses, too, unless it was told not to, which cannot be seen. */
function takesAll(address: string, wanted: string): boolean {
  return address === '::' || (ANY.has(address) && !isIPv6(wanted));
}

/** Lines of `/proc/net/tcp` and its like (proc(5)): number, local, remote, state, queues, timer, retransmits, user, timeout, inode. */
function parse(table: string, port: number, state: string): Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', remote = '', stateOf, , , , , , inode] = line.trim().split(/ +/);
    const [hex = '', hexPort = ''] = local.split(':');
    const isWanted = stateOf === state && parseInt(hexPort, 16) === port && /^0+:0000$/.test(remote);
    return isWanted && inode !== undefined ? [{ address: readable(hex), inode }] : [];
  });
}

/** The kernel prints words of 32 bits in the order of the machine, which is little-endian wherever Node runs on Linux. */
function readable(hex: string): string {
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16));
  return usual(groups.join(':'));
}

/** One way to write an address, for comparing; an IPv4 address inside of IPv6 as what it is. */
function usual(address: string): string {
  const { address: text } = new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' });
  return text.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Those of the processes that have one of the sockets open, as far as may be seen. */
export async function ownersOf(
  sockets: readonly Listener[],
  all: readonly LiveProcess[],
  signal: AbortSignal,
): Promise<LiveProcess[]> {
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const owners: LiveProcess[] = [];
  await inParts(all, signal, (one) => {
    if (holds(one.pid, links)) owners.push(one);
  });
  return owners;
}

function holds(pid: number, links: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((descriptor) => links.has(target(`${directory}/${descriptor}`)));
  } catch {
    // Gone, or somebody else's.
    return false;
  }
}

function target(descriptor: string): string {
  try {
    return readlinkSync(descriptor);
  } catch {
    // Closed by now.
    return '';
  }
}
