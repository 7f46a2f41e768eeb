import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import type { Native } from '../native/index.ts';

/** Who may open a FIFO again (`/dev/stdout`): the user that a service runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

const FIFO_MODE = 0o600;

/** Makes the FIFOs that do not exist yet, for their owner alone. A file of another kind in the way is replaced. */
export function makeFifos(paths: readonly string[], owner: Owner | null, native: Native | null): void {
  const missing = paths.filter((path) => !isFifo(path));
  for (const path of missing) fs.rmSync(path, { force: true });
  if (native !== null) {
    for (const path of missing) native.makeFifo(path, FIFO_MODE);
  } else if (missing.length > 0) {
    const made = spawnSync('mkfifo', ['-m', FIFO_MODE.toString(8), '--', ...missing], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`cannot make FIFOs: ${made.error?.message ?? made.stderr.trim()}`);
  }
  if (process.getuid?.() !== 0) return;
  for (const path of paths) fs.chownSync(path, owner?.uid ?? 0, owner?.gid ?? 0);
}

function isFifo(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

/**
 * Reads a FIFO. It is opened for writing as well, so that it never ends: writers come and go.
 * The event loop reads into one small buffer; whoever is told of it takes the rest with `read`.
 */
export class FifoReader {
  readonly #fd: number;
  readonly #socket: net.Socket;
  #paused = false;

  /**
   * @param landing what the event loop reads into
   * @param arrived called with the number of bytes in `landing`; answers whether it wants to be called again
   */
  constructor(path: string, landing: Buffer, arrived: (bytes: number) => boolean, failed: (error: Error) => void) {
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    this.#socket = new net.Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: {
        buffer: landing,
        callback: (bytes) => {
          this.#paused = !arrived(bytes);
          return !this.#paused;
        },
      },
    });
    this.#socket.on('error', failed);
    this.#socket.resume();
  }

  /** Reads what is there, at most `length` bytes; 0 when nothing is. Never waits. */
  read(into: Buffer, at: number, length: number): number {
    try {
      return fs.readSync(this.#fd, into, at, length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Lets the pipe hold that many bytes, where the kernel allows it. */
  grow(native: Native, bytes: number): void {
    native.growPipe(this.#fd, bytes);
  }

  /** Stops keeping the process alive. */
  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.destroy();
  }
}
