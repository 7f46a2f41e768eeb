/**
 * Calls of the C library that Node lacks, through koffi: shared memory, FIFOs, datagram sockets and fast starts.
 * koffi is an optional dependency; where it does not load, `loadNative()` gives null and callers
 * fall back to something weaker and say so.
 */
import fs from 'node:fs';
import { createStarter, type Starter } from './spawn.ts';

export { NoDirectStart, type StartRequest, type Starter } from './spawn.ts';

/** Reads, binds and closes one AF_UNIX datagram socket. */
export interface DatagramSocket {
  /** The next datagram, or null when none waits. Never blocks. */
  receive(): string | null;
  close(): void;
}

export interface Native {
  /**
   * Maps `bytes` of the file shared: what is stored in it outlives the process. The mapping is never undone.
   * @param sure so many at its beginning can be stored to
   * @throws Error when it cannot be mapped, or there is no space for these
   */
  mapShared(path: string, bytes: number, sure: number): Mapping;
  /** Makes sure that there is memory (or disk) for bytes [from, to) of the file, whose length does not change. False: there is not. */
  reserve(path: string, from: number, to: number): boolean;
  /** Makes a FIFO. Throws when it cannot; a FIFO that exists is an error (EEXIST). */
  makeFifo(path: string, mode: number): void;
  /** How many bytes wait in a pipe. */
  waiting(fd: number): number;
  /** Lets a pipe hold that many bytes. False when the kernel refuses. */
  growPipe(fd: number, bytes: number): boolean;
  /** Binds a datagram socket; a name that starts with a NUL byte is an abstract one. */
  bindDatagram(name: string): DatagramSocket;
  /** Starts programs faster than Node; null where that cannot be. */
  starter(): Starter | null;
}

/** Memory that is shared with a file. */
export interface Mapping {
  /** Bytes [from, to). V8 counts what is looked at, touched or not, and collects garbage the more often: look at little. */
  view(from: number, to: number): Buffer;
}

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const F_SETPIPE_SZ = 1031;
const FIONREAD = 0x541b;
const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const DATAGRAM_BYTES = 8192;

let loading: Promise<Native | null> | undefined;

/** Loads koffi once. Null when it is not installed, does not fit this machine, or this is not Linux. */
export function loadNative(): Promise<Native | null> {
  loading ??= process.platform === 'linux' ? load().catch(() => null) : Promise.resolve(null);
  return loading;
}

async function load(): Promise<Native> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  const mmap = libc.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset)');
  const posixFallocate = libc.func('int posix_fallocate(int fd, long offset, long length)');
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
  const answer = new Int32Array(1);
  const mkfifo = libc.func('int mkfifo(const char *path, unsigned int mode)');
  const fcntl = libc.func('int fcntl(int fd, int command, int argument)');
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const bind = libc.func('int bind(int fd, const void *address, unsigned int length)');
  const recv = libc.func('long recv(int fd, void *buffer, size_t length, int flags)');

  const failure = (call: string, subject: string): Error => {
    const errno = koffi.errno();
    const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
    return Object.assign(new Error(`${name}: ${call} '${subject}'`), { code: name });
  };

  let starter: Starter | null | undefined;

  return {
    starter: () => (starter ??= createStarter(koffi, libc)),
    mapShared(path, bytes, sure) {
      const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
      try {
        if (fs.fstatSync(fd).size < bytes) fs.ftruncateSync(fd, bytes);
        if (posixFallocate(fd, 0, sure) !== 0) throw new Error('no space left');
        const address: unknown = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (address === null || address === -1n || address === 0xffffffffffffffffn) throw failure('mmap', path);
        const start = koffi.address(address);
        return { view: (from, to) => Buffer.from(koffi.view(start + BigInt(from), to - from)) };
      } finally {
        fs.closeSync(fd);
      }
    },
    reserve(path, from, to) {
      const fd = fs.openSync(path, fs.constants.O_RDWR);
      try {
        return posixFallocate(fd, from, to - from) === 0;
      } finally {
        fs.closeSync(fd);
      }
    },
    waiting: (fd) => (ioctl(fd, FIONREAD, answer) === 0 ? (answer[0] ?? 0) : 0),
    makeFifo(path, mode) {
      if (mkfifo(path, mode) !== 0) throw failure('mkfifo', path);
    },
    growPipe: (fd, bytes) => fcntl(fd, F_SETPIPE_SZ, bytes) >= bytes,
    bindDatagram(name) {
      const fd: number = socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
      if (fd < 0) throw failure('socket', name);
      const address = socketAddress(name);
      if (bind(fd, address, address.length) !== 0) {
        const error = failure('bind', name.replace('\0', '@'));
        fs.closeSync(fd);
        throw error;
      }
      const buffer = Buffer.allocUnsafe(DATAGRAM_BYTES);
      return {
        receive() {
          const length = Number(recv(fd, buffer, DATAGRAM_BYTES, MSG_DONTWAIT));
          return length < 0 ? null : buffer.toString('utf8', 0, length);
        },
        close: () => fs.closeSync(fd),
      };
    },
  };
}

/** `struct sockaddr_un` as unix(7) describes it: family, then the path with its NUL, or NUL and an abstract name. */
function socketAddress(name: string): Buffer {
  const path = Buffer.from(name);
  const address = Buffer.alloc(2 + path.length + (name.startsWith('\0') ? 0 : 1));
  address.writeUInt16LE(AF_UNIX, 0);
  path.copy(address, 2);
  return address;
}
