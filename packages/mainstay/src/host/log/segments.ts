import type { Mark } from '../../core/log/index.ts';

/** A run of bytes in a slot that share their marks; it ends where the next begins. */
interface Segment {
  at: number;
  /** UTC ms. */
  time: number;
  incarnation: number;
  flags: number;
}

const RESOLUTION_MS = 10;

/** Who wrote which bytes of a slot, and when. */
export class Segments {
  #list: Segment[] = [];

  /** Bytes from `at` on were read now. */
  note(at: number, time: number, incarnation: number, flags = 0): void {
    const last = this.#list.at(-1);
    if (last !== undefined) {
      const same = last.incarnation === incarnation && last.flags === flags;
      if (same && time - last.time < RESOLUTION_MS && time >= last.time) return;
      if (last.at === at) this.#list.pop();
    }
    this.#list.push({ at, time, incarnation, flags });
  }

  /** The bytes from `at` to the present end are special. */
  flag(at: number, flags: number): void {
    const last = this.#list.findLast((segment) => segment.at <= at);
    if (last === undefined) return;
    this.#list = this.#list.filter((segment) => segment.at < at);
    this.#list.push({ ...last, at, flags });
  }

  /** The bytes before the first segment (a line that was put there) are special. */
  prepend(time: number, incarnation: number, flags: number): void {
    this.#list.unshift({ at: 0, time, incarnation, flags });
  }

  /** Forgets everything from `at` on. */
  truncate(at: number): void {
    this.#list = this.#list.filter((segment) => segment.at < at);
  }

  /** Takes the first `cut` bytes off, as segments of their own; the rest then begins at `head`. */
  split(cut: number, head: number): Segments {
    const taken = new Segments();
    const rest: Segment[] = [];
    let across: Segment | undefined;
    for (const segment of this.#list) {
      if (segment.at < cut) {
        taken.#list.push(segment);
        across = segment;
      } else {
        rest.push({ ...segment, at: segment.at - cut + head });
      }
    }
    if (across !== undefined && rest[0]?.at !== head) rest.unshift({ ...across, at: head, flags: 0 });
    this.#list = rest;
    return taken;
  }

  /** As marks of a batch of `length` bytes at `offset` of the file. */
  marks(offset: number, length: number, writer: Pick<Mark, 'instance' | 'stream'>): Mark[] {
    return this.#list.map((segment, index) => ({
      offset: offset + segment.at,
      length: (this.#list[index + 1]?.at ?? length) - segment.at,
      time: segment.time,
      incarnation: segment.incarnation,
      flags: segment.flags,
      ...writer,
    }));
  }
}
