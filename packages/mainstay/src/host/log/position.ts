import fs from 'node:fs/promises';
import { decodeMark, MARK_BYTES } from '../../core/log/index.ts';

/** How far the lines from elsewhere have come: everything up to `cursor` is in the first `end` bytes of the file with that inode. */
export interface Position {
  /** 0: there was no file. */
  inode: number;
  end: number;
  /** What the source calls this place. */
  cursor: string;
}

/** The position that was written down; null: none was, or it cannot be read. */
export async function readPosition(record: string): Promise<Position | null> {
  try {
    const { inode, end, cursor } = JSON.parse(await fs.readFile(record, 'utf8')) as Partial<Position>;
    if (typeof inode !== 'number' || typeof end !== 'number' || typeof cursor !== 'string') return null;
    return { inode, end, cursor };
  } catch {
    return null;
  }
}

/** Replaces the record as a whole. It says something of this boot only, so it does not wait for a disk. */
export async function writePosition(record: string, position: Position): Promise<void> {
  await fs.writeFile(`${record}.new`, JSON.stringify(position), { mode: 0o600 });
  await fs.rename(`${record}.new`, record);
}

/** Inode and size of a file; nulls when there is none. */
export async function inodeOf(file: string): Promise<{ inode: number; size: number }> {
  const found = await fs.stat(file).catch(() => null);
  return { inode: found?.ino ?? 0, size: found?.size ?? 0 };
}

/**
 * Takes out of a log file what was written after a position, which comes once more. There is at most one batch of it: in the
 * file itself, or alone in the one that a rotation has put in its place.
 */
export async function cutBack(file: string, position: Position): Promise<void> {
  const { inode, size } = await inodeOf(file);
  if (inode === 0) return;
  if (inode === position.inode) {
    if (size > position.end) await cut(file, position.end);
    return;
  }
  const rotated = await inodeOf(`${file}.1`);
  if (position.inode === 0 || rotated.inode === position.inode) await cut(file, 0);
}

async function cut(file: string, end: number): Promise<void> {
  await fs.truncate(file, end);
  const index = await fs.open(`${file}.idx`, 'r+').catch(() => null);
  if (index === null) return;
  try {
    const bytes = await index.readFile();
    const records = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The first one is the header.
    for (let at = MARK_BYTES; at + MARK_BYTES <= bytes.length; at += MARK_BYTES) {
      if ((decodeMark(records, at)?.offset ?? 0) < end) continue;
      await index.truncate(at);
      return;
    }
  } finally {
    await index.close();
  }
}
