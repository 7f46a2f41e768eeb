import { closeSync, openSync, readSync, readdirSync, readFileSync } from 'node:fs';

/** One buffer for everything: files of /proc are read at once and used before the next read. */
let buffer = Buffer.allocUnsafe(16 * 1024);

/**
 * The content of a file of /proc, valid until the next call; null when it is gone or may not be read.
 * Unlike readFileSync it needs neither a size nor a new buffer.
 */
export function readProc(path: string): Buffer | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    let filled = 0;
    for (;;) {
      if (filled === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      const read = readSync(fd, buffer, filled, buffer.length - filled, null);
      if (read === 0) return buffer.subarray(0, filled);
      filled += read;
    }
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Every process that /proc shows; a snapshot that is old as soon as it is taken. */
export function listPids(): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first >= 49 && first <= 57) pids.push(Number(name));
  }
  return pids;
}

let boot: string | null = null;

/** The id of this boot of the machine. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

/**
 * The value of one variable in the environment a process was started with; null when it has none, is
 * gone, or belongs to somebody else.
 */
export function environmentValue(pid: number, name: string): string | null {
  const environ = readProc(`/proc/${pid}/environ`);
  if (environ === null) return null;
  const wanted = `${name}=`;
  let at = environ.indexOf(wanted, 0, 'latin1');
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(wanted, at + 1, 'latin1');
  if (at === -1) return null;
  const end = environ.indexOf(0, at);
  return environ.toString('utf8', at + wanted.length, end === -1 ? environ.length : end);
}

/** Program and arguments of a process on one line of at most `length` characters; null when there is none to read. */
export function commandLine(pid: number, length = 120): string | null {
  const raw = readProc(`/proc/${pid}/cmdline`);
  if (raw === null || raw.length === 0) return null;
  const text = raw
    .toString('utf8')
    .replaceAll('\0', ' ')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
