import { open, stat } from 'node:fs/promises';
import type { Files } from './files.ts';
import { oneLine } from './observe.ts';

/** Enough for a number. */
const BYTES = 64;

/**
 * The number of a process that a pid or lock file begins with; or in words why there is none, to complete "/run/x.pid: …".
 * Rejects as {@link Files.call}.
 */
export async function readPidFile(files: Files): Promise<number | string> {
  // To open a named pipe would be to wait for somebody who writes into it.
  const facts = await files.call(() => stat(files.path));
  if (!facts.isFile()) return 'is no file that the number of a process could be in';
  const text = await files.call(() => beginning(files.path));
  const word = /^\s*(\d{1,10})(?!\S)/.exec(text)?.[1];
  return word === undefined ? `begins with "${oneLine(text, 20)}", not with the number of a process` : Number(word);
}

async function beginning(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES), 0, BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
