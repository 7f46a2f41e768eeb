/**
 * Machine code (x86-64) that starts a program: `long start(struct request *)`, which answers with the pid or minus
 * an errno. It exists because no function of the C library can be called for this from JavaScript: between clone3
 * and execve the child runs on its parent's memory and stack, so it must neither return nor push. Everything it needs is
 * computed before; it makes system calls only (clone3(2), clone(2) for CLONE_VFORK, syscall(2) for the registers).
 *
 * Layout of the request, all fields 8 bytes: see REQUEST.
 */
export const REQUEST = {
  /** struct clone_args of clone3(2), 88 bytes. */
  flags: 0,
  exitSignal: 32,
  cgroup: 80,
  path: 88,
  argv: 96,
  envp: 104,
  directory: 112,
  /** Descriptor that becomes 0, 1 and 2. */
  standard: 120,
  /** Minus the errno with which the child failed; 0: it became the program. */
  failure: 128,
  /** All bits set. */
  blocked: 136,
  saved: 144,
  /** struct sigaction of the default and an empty mask: 32 zero bytes. */
  zero: 152,
  bytes: 184,
} as const;

const CODE: readonly (readonly [bytes: string, instruction: string])[] = [
  ['53', 'push rbx'],
  ['4154', 'push r12'],
  ['4889fb', 'mov rbx, rdi'],
  // No handler may run in the child: rt_sigprocmask(SIG_SETMASK, blocked, saved, 8).
  ['b80e000000', 'mov eax, 14'],
  ['bf02000000', 'mov edi, 2'],
  ['488db388000000', 'lea rsi, [rbx+136]'],
  ['488d9390000000', 'lea rdx, [rbx+144]'],
  ['41ba08000000', 'mov r10d, 8'],
  ['0f05', 'syscall'],
  // clone3(request, 88)
  ['b8b3010000', 'mov eax, 435'],
  ['4889df', 'mov rdi, rbx'],
  ['be58000000', 'mov esi, 88'],
  ['0f05', 'syscall'],
  ['4885c0', 'test rax, rax'],
  ['7425', 'jz child'],
  // The parent, once the child has become the program or failed: its own mask again.
  ['4989c4', 'mov r12, rax'],
  ['b80e000000', 'mov eax, 14'],
  ['bf02000000', 'mov edi, 2'],
  ['488db390000000', 'lea rsi, [rbx+144]'],
  ['31d2', 'xor edx, edx'],
  ['41ba08000000', 'mov r10d, 8'],
  ['0f05', 'syscall'],
  ['4c89e0', 'mov rax, r12'],
  ['415c', 'pop r12'],
  ['5b', 'pop rbx'],
  ['c3', 'ret'],
  // setsid()
  ['b870000000', 'child: mov eax, 112'],
  ['0f05', 'syscall'],
  // dup2(standard, 2 … 0)
  ['41bc03000000', 'mov r12d, 3'],
  ['41ffcc', 'dup: dec r12d'],
  ['b821000000', 'mov eax, 33'],
  ['488b7b78', 'mov rdi, [rbx+120]'],
  ['4489e6', 'mov esi, r12d'],
  ['0f05', 'syscall'],
  ['4585e4', 'test r12d, r12d'],
  ['75ea', 'jnz dup'],
  // rt_sigaction(31 … 1, default, null, 8): what Node ignores must not be ignored by the program.
  ['41bc1f000000', 'mov r12d, 31'],
  ['b80d000000', 'default: mov eax, 13'],
  ['4489e7', 'mov edi, r12d'],
  ['488db398000000', 'lea rsi, [rbx+152]'],
  ['31d2', 'xor edx, edx'],
  ['41ba08000000', 'mov r10d, 8'],
  ['0f05', 'syscall'],
  ['41ffcc', 'dec r12d'],
  ['75e2', 'jnz default'],
  // chdir(directory)
  ['b850000000', 'mov eax, 80'],
  ['488b7b70', 'mov rdi, [rbx+112]'],
  ['0f05', 'syscall'],
  ['4885c0', 'test rax, rax'],
  ['782e', 'js fail'],
  // rt_sigprocmask(SIG_SETMASK, empty, null, 8)
  ['b80e000000', 'mov eax, 14'],
  ['bf02000000', 'mov edi, 2'],
  ['488db398000000', 'lea rsi, [rbx+152]'],
  ['31d2', 'xor edx, edx'],
  ['41ba08000000', 'mov r10d, 8'],
  ['0f05', 'syscall'],
  // execve(path, argv, envp)
  ['b83b000000', 'mov eax, 59'],
  ['488b7b58', 'mov rdi, [rbx+88]'],
  ['488b7360', 'mov rsi, [rbx+96]'],
  ['488b5368', 'mov rdx, [rbx+104]'],
  ['0f05', 'syscall'],
  // The memory is the parent's. exit_group(127)
  ['48898380000000', 'fail: mov [rbx+128], rax'],
  ['bf7f000000', 'mov edi, 127'],
  ['b8e7000000', 'mov eax, 231'],
  ['0f05', 'syscall'],
];

/** The bytes of the function. */
export function spawnCode(): Buffer {
  return Buffer.from(CODE.map(([bytes]) => bytes).join(''), 'hex');
}
