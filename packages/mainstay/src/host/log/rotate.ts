import fs from 'node:fs/promises';
import path from 'node:path';

/** When a file is full and what becomes of full ones. */
export interface RotationPolicy {
  /** Bytes. */
  maxSize: number;
  /** Files of one name, the current one included. */
  maxFiles: number;
  /** Milliseconds: a file begun longer ago is rotated, one last written longer ago is deleted. */
  maxAge: number;
}

/** Called by name between two steps, where a test may end the process. */
export type RotationFault = (point: string) => void;

/**
 * NAME → NAME.1 → NAME.2 …, each with its index. Shifts only up to the first free number, from the far end, the index
 * before its file: a process that is killed between any two renames has overwritten nothing, and the next rotation
 * closes the gap.
 */
export async function shiftFiles(file: string, maxFiles: number, fault?: RotationFault): Promise<void> {
  const keep = Math.max(0, maxFiles - 1);
  let free = 1;
  while (free <= keep && (await exists(`${file}.${free}`))) free++;
  if (free > keep) {
    free = Math.max(1, keep);
    const last = keep === 0 ? file : `${file}.${free}`;
    await fs.rm(last, { force: true });
    fault?.('oldest-removed');
    await fs.rm(`${last}.idx`, { force: true });
    if (keep === 0) return;
  }
  for (let number = free; number >= 1; number--) {
    const from = number === 1 ? file : `${file}.${number - 1}`;
    await move(`${from}.idx`, `${file}.${number}.idx`);
    fault?.('index-moved');
    await move(from, `${file}.${number}`);
    fault?.('file-moved');
  }
}

/** Deletes rotated files beyond the number to keep, or last written longer ago than the longest age. */
export async function removeOld(file: string, policy: RotationPolicy, now: number): Promise<void> {
  for (const { number, name } of await rotatedFiles(file)) {
    const old = number >= policy.maxFiles || now - (await fs.stat(name)).mtimeMs > policy.maxAge;
    if (!old) continue;
    await fs.rm(name, { force: true });
    await fs.rm(`${name}.idx`, { force: true });
  }
}

/** The rotated files of a name, the newest first. */
async function rotatedFiles(file: string): Promise<{ number: number; name: string }[]> {
  const directory = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  return (await fs.readdir(directory))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d*$/.test(name.slice(prefix.length)))
    .map((name) => ({ number: Number(name.slice(prefix.length)), name: path.join(directory, name) }))
    .sort((a, b) => a.number - b.number);
}

async function exists(file: string): Promise<boolean> {
  return fs.stat(file).then(
    () => true,
    () => false,
  );
}

/** A missing source is what an interrupted rotation left: nothing to do. */
async function move(from: string, to: string): Promise<void> {
  await fs.rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
