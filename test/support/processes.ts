import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A living process, found in /proc. */
export interface Found {
  pid: number;
  /** Field 22 of `/proc/PID/stat`. */
  startTime: string;
  parent: number;
  session: number;
  command: string;
  /** `NAME=value`, separated by zero bytes. */
  environment: string;
}

/** Living processes (zombies are not) for which `wanted` holds; this process is never among them. */
function search(wanted: (pid: number) => boolean): Found[] {
  const found: Found[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !wanted(pid)) continue;
    const one = look(pid);
    if (one !== null) found.push(one);
  }
  return found;
}

/** The process of that pid; null when there is none, or a zombie. */
export function look(pid: number): Found | null {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || fields[0] === 'Z' || fields[0] === 'X') return null;
  const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 400);
  return {
    pid,
    startTime: fields[19] ?? '',
    parent: Number(fields[1]),
    session: Number(fields[3]),
    command,
    environment: read(pid, 'environ'),
  };
}

/** The state letter of a process as /proc shows it; null when there is no such process. */
export function stateLetter(pid: number): string | null {
  const stat = read(pid, 'stat');
  return stat === '' ? null : stat.charAt(stat.lastIndexOf(')') + 2);
}

/** Processes that carry one of the texts in their environment, arguments, working directory or open files. */
export function bearers(texts: readonly string[]): Found[] {
  return search((pid) => {
    const own = `${read(pid, 'environ')}\0${read(pid, 'cmdline')}\0${link(`/proc/${pid}/cwd`)}/\0${openFiles(pid)}`;
    return texts.some((text) => own.includes(text));
  });
}

/**
 * The process and all that belongs to it: its session, the bearers of its cookie, and the descendants of all these. Servers
 * that write their title over their environment (Redis, nginx) bear no cookie that can be seen.
 */
export function treeOf(leader: number, cookie: string): Found[] {
  const all = search(() => true);
  const tree = new Map<number, Found>();
  for (const one of all) {
    if (one.pid === leader || one.session === leader || one.environment.includes(cookie)) tree.set(one.pid, one);
  }
  for (let before = -1; before !== tree.size;) {
    before = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.set(one.pid, one);
  }
  return [...tree.values()];
}

/** Living children of a process. */
export function childrenOf(parent: number): Found[] {
  return search(() => true).filter((one) => one.parent === parent);
}

/** Sends a signal if it is still that very process. */
export function signal(one: Pick<Found, 'pid' | 'startTime'>, name: NodeJS.Signals): void {
  if (look(one.pid)?.startTime !== one.startTime) return;
  try {
    process.kill(one.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Empty for a process that has ended or belongs to somebody else. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function openFiles(pid: number): string {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map((fd) => link(`/proc/${pid}/fd/${fd}`))
      .join('\0');
  } catch {
    return '';
  }
}
