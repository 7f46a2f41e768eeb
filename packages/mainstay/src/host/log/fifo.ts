import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Native } from '../native/index.ts';
import { ARMED_DIRECT, ARMED_LANDING, SURE_BYTES } from './slots-layout.ts';
import type { Slots } from './slots.ts';

/** Who may open a FIFO again (`/dev/stdout`): the user that a service runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

const FIFO_MODE = 0o600;
const TMPFS_MAGIC = 0x01021994;

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

/** What reading a FIFO needs of its surroundings. */
export interface Reading {
  native: Native | null;
  /** The kernel notes when a FIFO was read, and noting something else there never waits for a disk. */
  accessTimes: boolean;
}

/** Whether access times can be used in that directory. */
export function tellsReads(directory: string, native: Native | null): boolean {
  if (native === null || fs.statfsSync(directory).type !== TMPFS_MAGIC) return false;
  const probe = path.join(directory, `probe.${process.pid}`);
  native.makeFifo(probe, FIFO_MODE);
  const fd = fs.openSync(probe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  try {
    fs.writeSync(fd, 'x');
    fs.futimesSync(fd, 0, 0);
    const before = fs.fstatSync(fd).atimeMs;
    fs.readSync(fd, Buffer.alloc(1));
    return before === 0 && fs.fstatSync(fd).atimeMs !== 0;
  } finally {
    fs.closeSync(fd);
    fs.rmSync(probe);
  }
}

/**
 * Reads a FIFO into its slots. It is opened for writing as well, so that it never ends: writers come and go.
 * The event loop reads a single byte; whoever is told of it takes that and the rest.
 */
export class FifoReader {
  readonly #fd: number;
  readonly #slots: Slots;
  readonly #reading: Reading;
  readonly #socket: net.Socket;
  #paused = false;

  /** @param arrived called when a byte is in `slots.landing`; answers whether it wants to be called again */
  constructor(file: string, slots: Slots, reading: Reading, arrived: () => boolean, failed: (error: Error) => void) {
    this.#fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    this.#slots = slots;
    this.#reading = reading;
    this.#arm(ARMED_LANDING);
    this.#socket = new net.Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: {
        buffer: slots.landing,
        callback: () => {
          this.#paused = !arrived();
          if (!this.#paused) this.#arm(ARMED_LANDING);
          return !this.#paused;
        },
      },
    });
    this.#socket.on('error', failed);
    this.#socket.resume();
  }

  /** Bytes in the pipe; null when that cannot be told. */
  get waiting(): number | null {
    return this.#reading.native?.waiting(this.#fd) ?? null;
  }

  /** Reads on until the pipe is empty (true), or the active slot holds `most` bytes or `limit` were read (false). Never waits. */
  take(most: number, limit = Infinity): boolean {
    const slots = this.#slots;
    const end = slots.fill + limit;
    for (let room = slots.room(most); room > 0 && slots.fill < end; room = slots.room(most)) {
      const bytes = this.#read(Math.min(room, end - slots.fill));
      if (bytes === 0) {
        this.#arm(ARMED_LANDING);
        return true;
      }
      slots.takeDirect(bytes);
    }
    return false;
  }

  #read(room: number): number {
    const { native } = this.#reading;
    const slots = this.#slots;
    let length = room;
    if (native !== null) {
      length = Math.min(room, native.waiting(this.#fd));
      if (length === 0) return 0;
      if (length < SURE_BYTES) this.#arm(ARMED_DIRECT);
      else slots.armed = 0;
      slots.expect(length);
    }
    try {
      return fs.readSync(this.#fd, slots.active, slots.fill, length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }

  /** From now on the access time tells of the next read. */
  #arm(read: number): void {
    const slots = this.#slots;
    if (!this.#reading.accessTimes || slots.armed === read) return;
    slots.armed = 0;
    fs.futimesSync(this.#fd, 0, 0);
    slots.armed = read;
  }

  get paused(): boolean {
    return this.#paused;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#arm(ARMED_LANDING);
    this.#socket.resume();
  }

  /** Lets the pipe hold that many bytes, where the kernel allows it. */
  grow(bytes: number): void {
    this.#reading.native?.growPipe(this.#fd, bytes);
  }

  /** Stops keeping the process alive. */
  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.destroy();
  }
}
