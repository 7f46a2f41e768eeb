import fs from 'node:fs';
import path from 'node:path';
import type { Mark } from '../../core/log/index.ts';
import { MARK } from '../../core/log/index.ts';
import { MarksReader } from './marks-reader.ts';

/** One line of a service's log. What the index does not say (it may be lost) is null. */
export interface LogLine {
  service: string;
  instance: number | null;
  incarnation: number | null;
  stream: 'out' | 'err' | null;
  /** UTC ms at which it was read from the program. */
  time: number | null;
  /** The program ended in the middle of it. */
  partial: boolean;
  /** Written by mainstay itself. */
  note: boolean;
  text: string;
}

/** A name in the log directory that lines are read from: `web.log`, or `web.out.log` of a service with split logs. */
export interface Source {
  service: string;
  /** Known from the name when the logs are split. */
  stream: 'out' | 'err' | null;
  path: string;
}

/** One file of a source, open: it stays readable when it is rotated or deleted meanwhile. */
export interface OpenFile {
  source: Source;
  fd: number;
  inode: number;
  marks: MarksReader;
  /** Last written, UTC ms. */
  modified: number;
}

/** The open files of a source, the oldest first. Whoever calls this closes them. */
export function openFiles(source: Source): OpenFile[] {
  const name = path.basename(source.path);
  const directory = path.dirname(source.path);
  const there = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  const rotated = there
    .filter((file) => file.startsWith(`${name}.`) && /^[1-9]\d*$/.test(file.slice(name.length + 1)))
    .sort((a, b) => Number(b.slice(name.length + 1)) - Number(a.slice(name.length + 1)));
  const files: OpenFile[] = [];
  // A file that is rotated while they are being opened appears twice, or not under the name it had: the inode tells.
  for (const file of [...rotated, name, name]) {
    const opened = openFile(source, path.join(directory, file));
    if (opened === null) continue;
    if (files.some(({ inode }) => inode === opened.inode)) closeFile(opened);
    else files.push(opened);
  }
  return files;
}

/** Null when there is no such file. */
function openFile(source: Source, file: string): OpenFile | null {
  try {
    const fd = fs.openSync(file, 'r');
    const { ino, mtimeMs } = fs.fstatSync(fd);
    return { source, fd, inode: ino, marks: new MarksReader(file, ino), modified: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function closeFile(file: OpenFile): void {
  fs.closeSync(file.fd);
  file.marks.close();
}

/** A line of a file with what its mark says. */
export function lineOf(file: OpenFile, mark: Mark | null, text: string): LogLine {
  return {
    service: file.source.service,
    instance: mark?.instance ?? null,
    incarnation: mark?.incarnation ?? null,
    stream: mark?.stream ?? file.source.stream,
    time: mark?.time ?? null,
    partial: ((mark?.flags ?? 0) & MARK.partial) !== 0,
    note: ((mark?.flags ?? 0) & MARK.note) !== 0,
    text: text.endsWith('\r') ? text.slice(0, -1) : text,
  };
}
