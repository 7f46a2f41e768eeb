import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Files } from '../../kit/index.ts';

/** Bytes of one read, and of all in one run. */
const CHUNK = 65_536;
export const MOST = 8_388_608;
/** Files beside a log that are looked at for the old one. */
const MOST_BESIDE = 1000;

/** Up to where a log was read. */
export interface Place {
  device: number;
  inode: number;
  offset: number;
}

export interface Followed {
  place: Place;
  size: number;
  /** UTC, milliseconds. */
  writtenAt: number;
  /** Bytes that were left out because there were too many. */
  skipped: number;
}

/**
 * Gives every line to `take` that has been written since; without a place, nothing yet. A line that has no end yet is left for the next
 * run. Rejects as {@link Files.call}.
 */
export async function follow(files: Files, since: Place | null, take: (line: string) => void): Promise<Followed> {
  const { path } = files;
  const facts = await files.call(() => stat(path));
  if (!facts.isFile()) throw Object.assign(new Error('is no file'), { code: 'is no file' });
  const here = { device: facts.dev, inode: facts.ino };
  const found = (offset: number, skipped = 0): Followed => ({
    place: { ...here, offset },
    size: facts.size,
    writtenAt: facts.mtimeMs,
    skipped,
  });
  if (since === null) return found(facts.size);
  const isSame = since.inode === here.inode && since.device === here.device;
  let from = 0;
  if (!isSame) await readRest(files, since, take);
  // A smaller one was emptied, and has begun anew.
  else if (facts.size >= since.offset) from = since.offset;
  const skipped = Math.max(0, facts.size - from - MOST);
  const end = await read(files, path, from + skipped, facts.size, { take, isWhole: false, isCut: skipped > 0 });
  return found(end, skipped);
}

/** What was written into the old file after it was read last, if it lies beside the new one. */
async function readRest(files: Files, { device, inode, offset }: Place, take: (line: string) => void): Promise<void> {
  const directory = dirname(files.path);
  const names = await files.call(() => readdir(directory));
  for (const name of names.slice(0, MOST_BESIDE)) {
    const path = join(directory, name);
    const facts: Stats | null = await files.call(() => stat(path).catch(() => null));
    if (facts === null || !facts.isFile() || facts.ino !== inode || facts.dev !== device) continue;
    const from = Math.max(offset, facts.size - MOST);
    await read(files, path, from, facts.size, { take, isWhole: true, isCut: from > offset });
    return;
  }
}

interface Reading {
  take: (line: string) => void;
  /** Nothing more will come: a last line without an end is one. */
  isWhole: boolean;
  /** It begins within a line, which is left out. */
  isCut: boolean;
}

/** Up to where lines were taken. */
async function read(files: Files, path: string, from: number, to: number, reading: Reading): Promise<number> {
  if (from >= to) return from;
  const file = await files.call(() => open(path));
  try {
    return await readLines(files, file, from, to, reading);
  } finally {
    // Not waited for: the file system may have stopped answering.
    void file.close().catch(() => undefined);
  }
}

async function readLines(files: Files, file: FileHandle, from: number, to: number, reading: Reading): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let isInside = reading.isCut;
  let rest = Buffer.alloc(0);
  let at = from;
  while (at < to) {
    const { bytesRead } = await files.call(() => file.read(buffer, 0, Math.min(CHUNK, to - at), at));
    if (bytesRead === 0) break;
    at += bytesRead;
    let text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10)) {
      if (!isInside) reading.take(text.toString('utf8', 0, end));
      isInside = false;
      text = text.subarray(end + 1);
    }
    // One without an end in so many bytes counts by its beginning, and the rest of it not at all.
    if (text.length >= CHUNK) {
      if (!isInside) reading.take(text.toString('utf8', 0, CHUNK));
      isInside = true;
      text = Buffer.alloc(0);
    }
    rest = Buffer.from(text);
  }
  if (!reading.isWhole) return at - rest.length;
  if (rest.length > 0 && !isInside) reading.take(rest.toString('utf8'));
  return at;
}
