const BYTES = 8 * 1024;

/** The newest lines of an instance, in memory. */
export class Tail {
  #memory = Buffer.alloc(0);
  #fill = 0;

  /** Appends whole lines; of more than fits only the end is looked at. */
  push(lines: Buffer): void {
    const added = lines.length > BYTES ? lines.subarray(lines.length - BYTES) : lines;
    if (this.#fill + added.length > this.#memory.length) this.#makeRoom(added.length);
    added.copy(this.#memory, this.#fill);
    this.#fill += added.length;
  }

  #makeRoom(bytes: number): void {
    const keep = Math.min(this.#fill, BYTES);
    if (keep + bytes <= this.#memory.length) {
      this.#memory.copyWithin(0, this.#fill - keep, this.#fill);
    } else {
      const grown = Buffer.allocUnsafeSlow(Math.min(2 * BYTES, Math.max(1024, 2 * (keep + bytes))));
      this.#memory.copy(grown, 0, this.#fill - keep, this.#fill);
      this.#memory = grown;
    }
    this.#fill = keep;
  }

  /** At most `count` newest lines, oldest first, without their newlines; of a first line that is too long only its end. */
  lines(count: number): string[] {
    const end = this.#fill;
    let from = end;
    for (let found = 0; found < count && from > 0; found++) {
      from = from < 2 ? 0 : this.#memory.lastIndexOf(10, from - 2) + 1;
    }
    return from === end ? [] : this.#memory.toString('utf8', from, end - 1).split('\n');
  }
}
