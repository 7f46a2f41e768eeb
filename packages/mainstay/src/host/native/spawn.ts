/**
 * Starting a program without copying this process: the child runs on this process's memory until it has become the
 * program (CLONE_VFORK), and is born inside its control group (CLONE_INTO_CGROUP). Node's own spawn copies the page
 * tables first, and a process that moves into a control group waits for a grace period of the kernel, 10 ms and
 * more: together several times what a restart needs otherwise.
 */
import fs from 'node:fs';
import { constants } from 'node:os';
import type koffiModule from 'koffi';
import { REQUEST, spawnCode } from './spawn-code.ts';

type Koffi = typeof koffiModule;

export interface StartRequest {
  /** Absolute path of the program. */
  path: string;
  /** With the program's name in front. */
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
  directory: string;
  /** Directory of a version 2 control group to be born in; null: this process's own. */
  group: string | null;
}

/** Starts programs as session leaders, with `/dev/null` as standard input, output and error and no signal ignored. */
export interface Starter {
  /**
   * @returns the pid of a child of this process, which the caller reaps with `reap`
   * @throws NoDirectStart where the kernel, a sandbox or the group does not allow it; else an error whose `code` says why this start failed
   */
  start(request: StartRequest): number;
  /** A child of this process that ended and was not reaped, by whomever it was started; null: there is none. */
  ended(): number | null;
  /** How a child ended; null while it lives, or when it is no child of this process. */
  reap(pid: number): { code: number | null; signal: string | null } | null;
  /** Waits for the end of a child, blocking this thread. */
  wait(pid: number): void;
}

/** Nothing is wrong with what is to be started: it can be started in another way. */
export class NoDirectStart extends Error {}

const PROT_READ_WRITE = 3;
const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const PAGE = 4096;
const CLONE_VM_VFORK = 0x4100n;
const CLONE_INTO_CGROUP = 0x2_0000_0000n;
const SIGCHLD = 17n;
const WNOHANG = 1;
const ARENA_BYTES = 64 * 1024;
const WORD = 8;
const P_ALL = 0;
const WEXITED_NOWAIT = 0x0100_0004;
/** Of siginfo_t: its size, and where the pid is. */
const INFO = { bytes: 128, pid: 16 };

/** Null on other processors than x86-64, and where memory cannot be made executable. */
export function createStarter(koffi: Koffi, libc: ReturnType<Koffi['load']>): Starter | null {
  if (process.arch !== 'x64') return null;
  const mmap = libc.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, long offset)');
  const mprotect = libc.func('int mprotect(void *address, size_t length, int prot)');
  const waitid = libc.func('int waitid(int type, unsigned int id, void *info, int options)');
  const waitpid = libc.func('int waitpid(int pid, void *status, int options)');
  const page: unknown = mmap(null, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (page === null || page === -1n || page === 0xffffffffffffffffn) return null;
  Buffer.from(koffi.view(page, PAGE)).set(spawnCode());
  if (mprotect(page, PAGE, PROT_READ_EXEC) !== 0) return null;
  const enter = koffi.decode(page, koffi.proto('long mainstay_start(void *request)')) as (request: Buffer) => number;
  const standard = fs.openSync('/dev/null', fs.constants.O_RDWR);
  const arena = Buffer.alloc(ARENA_BYTES);
  const status = Buffer.alloc(4);
  const info = Buffer.alloc(INFO.bytes);

  return {
    start(request) {
      const group =
        request.group === null ? null : fs.openSync(request.group, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
      try {
        const memory = layOut(koffi, arena, request, standard, group);
        const pid = Number(enter(memory));
        const failure = Number(memory.readBigInt64LE(REQUEST.failure));
        // Secrets among the variables are not to stay.
        memory.fill(0);
        if (pid < 0) throw isShortage(-pid) ? failed(-pid) : new NoDirectStart(`clone3: ${nameOf(-pid)}`);
        if (failure === 0) return pid;
        waitpid(pid, status, 0);
        throw failed(-failure);
      } finally {
        if (group !== null) fs.closeSync(group);
      }
    },
    ended() {
      info.fill(0);
      if (waitid(P_ALL, 0, info, WEXITED_NOWAIT | WNOHANG) !== 0) return null;
      return info.readInt32LE(INFO.pid) || null;
    },
    wait: (pid) => void waitpid(pid, status, 0),
    reap(pid) {
      if (Number(waitpid(pid, status, WNOHANG)) !== pid) return null;
      return endOf(status.readInt32LE(0));
    },
  };
}

/** Writes the request and all strings into one piece of memory, with their addresses. */
function layOut(koffi: Koffi, arena: Buffer, request: StartRequest, standard: number, group: number | null): Buffer {
  const variables = Object.entries(request.environment).map(([name, value]) => `${name}=${value}`);
  const strings = [request.path, request.directory, ...request.argv, ...variables];
  if (strings.some((string) => string.includes('\0')))
    throw Object.assign(new Error('cannot start: a string has a NUL byte'), { code: 'EINVAL' });
  const text = `${strings.join('\0')}\0`;
  const head = REQUEST.bytes + WORD * (request.argv.length + variables.length + 2);
  const bytes = head + Buffer.byteLength(text);
  const memory = bytes <= arena.length ? arena.subarray(0, bytes) : Buffer.alloc(bytes);
  memory.write(text, head);
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, head / WORD);
  words.fill(0n);
  const field = (offset: number, value: bigint): void => void (words[offset / WORD] = value);
  field(REQUEST.flags, group === null ? CLONE_VM_VFORK : CLONE_VM_VFORK | CLONE_INTO_CGROUP);
  field(REQUEST.exitSignal, SIGCHLD);
  field(REQUEST.cgroup, BigInt(group ?? 0));
  field(REQUEST.standard, BigInt(standard));
  field(REQUEST.blocked, 0xffff_ffff_ffff_ffffn);

  const base = BigInt(koffi.address(memory));
  let at = head;
  const next = (): bigint => {
    const address = base + BigInt(at);
    at = memory.indexOf(0, at) + 1;
    return address;
  };
  let pointer: number = REQUEST.bytes;
  const list = (length: number): bigint => {
    const address = base + BigInt(pointer);
    for (let left = length; left > 0; left -= 1, pointer += WORD) field(pointer, next());
    pointer += WORD;
    return address;
  };
  field(REQUEST.path, next());
  field(REQUEST.directory, next());
  field(REQUEST.argv, list(request.argv.length));
  field(REQUEST.envp, list(variables.length));
  return memory;
}

const isShortage = (errno: number): boolean => errno === constants.errno.EAGAIN || errno === constants.errno.ENOMEM;

function nameOf(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

function failed(errno: number): Error {
  const code = nameOf(errno);
  return Object.assign(new Error(`cannot start a process: ${code}`), { code });
}

/** A wait status as wait(2) and the kernel's headers describe it. */
function endOf(status: number): { code: number | null; signal: string | null } {
  const number = status & 0x7f;
  if (number === 0) return { code: (status >> 8) & 0xff, signal: null };
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
  return { code: null, signal };
}
