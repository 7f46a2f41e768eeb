// One at a time: a lock between processes that needs no file and cannot go stale.
// Plain JavaScript that runs on any Node >= 20, because it is needed before anything is installed.
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

/**
 * Runs `work` while no other process on this machine holds the same lock. The lock is a Linux abstract Unix socket:
 * the kernel frees it when its holder dies, however that happens. Elsewhere there is no lock.
 * @template T
 * @param {string} name what is locked, for instance a directory
 * @param {() => Promise<T> | T} work
 * @param {() => void} [onWait] called once if another process holds the lock
 * @returns {Promise<T>}
 */
export async function oneAtATime(name, work, onWait) {
  if (process.platform !== 'linux') return work();
  const address = `\0mainstay-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = await listen(address);
    if (server) {
      try {
        return await work();
      } finally {
        server.close();
        for (const waiter of server.waiters) waiter.destroy();
      }
    }
    if (!told) onWait?.();
    told = true;
    await heldUntilClosed(address);
  }
}

/**
 * @param {string} address
 * @returns {Promise<(import('node:net').Server & { waiters: Set<import('node:net').Socket> }) | null>} null when taken
 */
function listen(address) {
  return new Promise((resolve, reject) => {
    /** @type {Set<import('node:net').Socket>} */
    const waiters = new Set();
    const server = createServer((socket) => {
      waiters.add(socket);
      socket.on('error', () => {}).on('close', () => waiters.delete(socket));
    });
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve(Object.assign(server, { waiters })));
  });
}

/**
 * Resolves when the holder lets go or dies.
 * @param {string} address
 * @returns {Promise<void>}
 */
function heldUntilClosed(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket
      .on('error', () => {})
      .on('close', () => resolve())
      .resume();
  });
}
