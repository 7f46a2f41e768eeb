import fs from 'node:fs';
import type { Mark } from '../../core/log/index.ts';
import { decodeHeader, decodeMark, MARK_BYTES } from '../../core/log/index.ts';

const BLOCK_MARKS = 512;

/** Finds the marks of a log file in its index, by binary search; without an index every answer is null. */
export class MarksReader {
  #fd: number | null = null;
  readonly #block = new DataView(new ArrayBuffer(BLOCK_MARKS * MARK_BYTES));
  #blockFirst = 0;
  #blockCount = 0;

  /** @param file the log file, whose index lies beside it and names its inode */
  constructor(file: string, inode: number) {
    try {
      const fd = fs.openSync(`${file}.idx`, 'r');
      const header = new DataView(new ArrayBuffer(MARK_BYTES));
      fs.readSync(fd, header, 0, MARK_BYTES, 0);
      if (decodeHeader(header)?.inode === inode) this.#fd = fd;
      else fs.closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  get present(): boolean {
    return this.#fd !== null;
  }

  /** The mark of the byte at `offset`; null when it is unknown. */
  at(offset: number): Mark | null {
    const mark = this.#last((candidate) => candidate.offset <= offset);
    return mark !== null && offset < mark.offset + mark.length ? mark : null;
  }

  /** Offset of the first byte that was read at or after `time` (UTC ms); `otherwise` when there is no mark. */
  since(time: number, otherwise: number): number {
    const last = this.#last((candidate) => candidate.time < time);
    return last === null ? 0 : Math.min(otherwise, last.offset + last.length);
  }

  /** How far the file is covered by marks. */
  end(): number {
    const last = this.#last(() => true);
    return last === null ? 0 : last.offset + last.length;
  }

  /** The last mark for which `holds` is true, given that it holds for the marks up to some point only. */
  #last(holds: (mark: Mark) => boolean): Mark | null {
    if (this.#fd === null) return null;
    let low = 1;
    let high = Math.floor(fs.fstatSync(this.#fd).size / MARK_BYTES);
    let best: Mark | null = null;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const mark = this.#mark(middle);
      if (mark === null || holds(mark)) {
        best = mark ?? best;
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return best;
  }

  #mark(index: number): Mark | null {
    if (index < this.#blockFirst || index >= this.#blockFirst + this.#blockCount) {
      this.#blockFirst = Math.max(1, index - BLOCK_MARKS / 2);
      const at = this.#blockFirst * MARK_BYTES;
      const bytes = fs.readSync(this.#fd as number, this.#block, 0, this.#block.byteLength, at);
      this.#blockCount = Math.floor(bytes / MARK_BYTES);
    }
    if (index >= this.#blockFirst + this.#blockCount) return null;
    return decodeMark(this.#block, (index - this.#blockFirst) * MARK_BYTES);
  }

  close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}
