import { readdir, readFile, stat } from 'node:fs/promises';

/** Files that processes have open or mapped, by `DEVICE:INODE`. */
export interface OpenFiles {
  files: ReadonlySet<string>;
  /** Processes that may not be looked into: what they have open is not known. */
  hidden: number;
}

export const fileKey = (dev: bigint, ino: bigint): string => `${dev}:${ino}`;

/** Looks through every process that /proc shows. Only files of `device` are kept. */
export async function openFiles(device: bigint): Promise<OpenFiles> {
  const files = new Set<string>();
  let hidden = 0;
  const pids = (await readdir('/proc')).filter((name) => /^[1-9]\d*$/.test(name));
  for (const pid of pids) {
    let descriptors: string[];
    try {
      descriptors = await readdir(`/proc/${pid}/fd`);
    } catch (error) {
      // One that has ended has nothing open.
      if (/^(EACCES|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '')) hidden += 1;
      continue;
    }
    for (const descriptor of descriptors) {
      // The link leads to the file itself, also when its name is another one by now.
      const found = await stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }).catch(() => null);
      if (found !== null && found.dev === device) files.add(fileKey(found.dev, found.ino));
    }
    for (const inode of await mappedInodes(pid, device)) files.add(fileKey(device, inode));
  }
  return { files, hidden };
}

/** Inodes on the device of `/proc/PID/maps` (proc(5)): `address perms offset MAJOR:MINOR inode path`. */
async function mappedInodes(pid: string, device: bigint): Promise<bigint[]> {
  const maps = await readFile(`/proc/${pid}/maps`, 'latin1').catch(() => '');
  const found: bigint[] = [];
  for (const line of maps.split('\n')) {
    const [, , , numbers = '', inode = '0'] = line.split(/ +/, 5);
    const [major = '', minor = ''] = numbers.split(':');
    if (inode !== '0' && makeDevice(major, minor) === device) found.push(BigInt(inode));
  }
  return found;
}

/** Of hexadecimal numbers, as stat(2) tells it: glibc's gnu_dev_makedev. */
function makeDevice(majorHex: string, minorHex: string): bigint {
  const [major, minor] = [BigInt(`0x${majorHex || '0'}`), BigInt(`0x${minorHex || '0'}`)];
  return ((major & 0xfffff000n) << 32n) | ((major & 0xfffn) << 8n) | ((minor & 0xffffff00n) << 12n) | (minor & 0xffn);
}
