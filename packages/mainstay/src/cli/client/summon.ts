/** Reaching a daemon whose files were removed: its lock is a name in the kernel, which nobody can delete. */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a daemon may take to answer, and to make its files again, ms. */
const LIMIT_MS = 5_000;

/** The real path of a state directory, also when it does not exist any more. */
function realPath(stateDir: string): string {
  if (existsSync(stateDir)) return realpathSync(stateDir);
  const parent = dirname(stateDir);
  return parent === stateDir ? stateDir : join(realPath(parent), basename(stateDir));
}

/** The hash by which a project is known: of its lock, its control groups, and in the cookies of its processes. */
export function projectHash(stateDir: string): string {
  return createHash('sha256').update(realPath(stateDir)).digest('hex');
}

/**
 * Asks a daemon that runs, but cannot be found, to make its files again. Resolves to whether there is one and it did;
 * false at once when there is none, or it belongs to somebody else.
 */
export async function summon(stateDir: string): Promise<boolean> {
  const pid = await holderOf(`\0mainstay-${projectHash(stateDir)}`);
  if (pid === null) return false;
  try {
    process.kill(pid, 'SIGUSR2');
  } catch {
    return false;
  }
  const deadline = performance.now() + LIMIT_MS;
  while (!existsSync(join(stateDir, 'daemon.json'))) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Who holds a lock says so to whoever connects: `{ pid, … }`. */
function holderOf(name: string): Promise<number | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ path: name });
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      try {
        const { pid } = JSON.parse(text) as { pid?: unknown };
        resolve(typeof pid === 'number' ? pid : null);
      } catch {
        resolve(null);
      }
    });
  });
}
