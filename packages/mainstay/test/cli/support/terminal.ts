import { main } from '../../../src/cli/index.ts';
import type { Io } from '../../../src/cli/index.ts';
import { monitorProgram } from '../../../src/entry/monitor.ts';
import { probesOf } from '../../../src/entry/probing.ts';

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** An `Io` that keeps what is written. */
export function recorder(
  options: { cwd?: string; env?: Record<string, string>; columns?: number; tty?: boolean } = {},
): {
  io: Io;
  out: () => string;
  err: () => string;
} {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    outIsTerminal: options.tty ?? false,
    errIsTerminal: options.tty ?? false,
    onReaderGone: () => () => undefined,
    columns: () => options.columns ?? 80,
    probing: (directory) => Promise.resolve(probesOf(directory)),
    monitoring: (directory) => Promise.resolve(monitorProgram(directory)),
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
  };
  return { io, out: () => out, err: () => err };
}

/** Runs a command line in this process. */
export async function mainstay(argv: readonly string[], options: Parameters<typeof recorder>[0] = {}): Promise<Said> {
  const { io, out, err } = recorder(options);
  const code = await main(argv, io);
  return { code, out: out(), err: err() };
}

/** Everything of an asynchronous sequence. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
