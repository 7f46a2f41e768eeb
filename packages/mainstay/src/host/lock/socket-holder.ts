import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The process that has an abstract socket open, from `/proc`, for a holder that is stopped or hangs; null when it cannot
 * be seen. Formats: proc(5), `/proc/net/unix` and `/proc/PID/fd`.
 * @param name with its leading zero byte
 */
export function holderPid(name: string): number | null {
  const inode = inodeOf(`@${name.slice(1)}`);
  if (inode === null) return null;
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    if (hasSocket(pid, inode)) return Number(pid);
  }
  return null;
}

/** Of the listening socket; accepted connections carry the same name but not the flag. */
function inodeOf(shown: string): string | null {
  const LISTENING = 0x10000;
  for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n')) {
    const [, , , flags, , , inode, path] = line.split(/\s+/);
    if (path === shown && inode !== undefined && (Number.parseInt(flags ?? '', 16) & LISTENING) !== 0) return inode;
  }
  return null;
}

function hasSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}
