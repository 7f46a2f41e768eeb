import fs from 'node:fs';
import { linesForward, wholeEnd } from './read.ts';
import type { Position } from './select.ts';
import type { LogLine, OpenFile, Source } from './source.ts';
import { closeFile, openFiles } from './source.ts';

/** A line is shown without its mark when that does not come within this many looks. */
const MOST_LOOKS = 3;

/** Reads on behind what was read of a source, over any number of rotations. */
export class Follower {
  readonly source: Source;
  #position: Position | null;
  #looks = 0;

  constructor(source: Source, position: Position | null) {
    this.source = source;
    this.#position = position;
  }

  /** The lines that came since the last look. */
  look(): LogLine[] {
    if (this.#position === null) {
      const file = this.#fileAfter(null);
      if (file === null) return [];
      this.#position = { file, at: 0 };
    }
    const lines: LogLine[] = [];
    for (;;) {
      const { file } = this.#position;
      // In this order: what was written before the rename is read after it was seen.
      const rotated = this.#inodeNow() !== file.inode;
      if (fs.fstatSync(file.fd).size < this.#position.at) this.#position.at = 0;
      const end = wholeEnd(file);
      if (!rotated && this.#awaitsMarks(file, end)) return lines;
      for (const { line, end: at } of linesForward(file, this.#position.at, end)) {
        lines.push(line);
        this.#position.at = at;
      }
      if (!rotated) return lines;
      const next = this.#fileAfter(file.inode);
      if (next === null) return lines;
      closeFile(file);
      this.#position = { file: next, at: 0 };
    }
  }

  #awaitsMarks(file: OpenFile, end: number): boolean {
    const at = this.#position?.at ?? 0;
    this.#looks = end > at && file.marks.present && file.marks.end() < end ? this.#looks + 1 : 0;
    return this.#looks > 0 && this.#looks <= MOST_LOOKS;
  }

  #inodeNow(): number | null {
    return fs.statSync(this.source.path, { throwIfNoEntry: false })?.ino ?? null;
  }

  /** The file that was begun after the one with that inode; the oldest when that one is gone. */
  #fileAfter(inode: number | null): OpenFile | null {
    const files = openFiles(this.source);
    const known = files.findIndex((file) => file.inode === inode);
    const next = files[known + 1] ?? null;
    for (const file of files) if (file !== next) closeFile(file);
    return next;
  }

  close(): void {
    if (this.#position !== null) closeFile(this.#position.file);
    this.#position = null;
  }
}
