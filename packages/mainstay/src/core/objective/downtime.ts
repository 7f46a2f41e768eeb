interface Piece {
  /** UTC ms. */
  from: number;
  /** null: it is still down. */
  to: number | null;
  /** ms of being down in all pieces before it that are kept or were given up. */
  before: number;
}

/** Pieces that are kept of one service. More happen only to one that fails every few minutes for days. */
const MOST = 2_000;

/**
 * When something was down, for as long as anybody asks. Each question costs a search among the pieces, and nothing else:
 * each piece knows how much there was before it.
 */
export class Downtime {
  readonly #keep: number;
  readonly #pieces: Piece[] = [];

  /** @param keep how far back is asked, ms */
  constructor(keep: number) {
    this.#keep = keep;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** From then on it is down, or it is not: whatever was said of later no longer holds. UTC ms. */
  set(from: number, isDown: boolean): void {
    while ((this.#pieces.at(-1)?.from ?? -Infinity) >= from) this.#pieces.pop();
    const last = this.#pieces.at(-1);
    if (last !== undefined && (last.to === null || last.to > from)) last.to = from;
    if (!isDown) return;
    const before = last === undefined ? 0 : last.before + ((last.to ?? from) - last.from);
    this.#pieces.push({ from, to: null, before });
    this.#forget(from);
  }

  /** ms of being down in the `span` before `now` (UTC ms). */
  within(span: number, now: number): number {
    return this.#until(now) - this.#until(now - span);
  }

  /** ms of being down before a moment, counted from anywhere. */
  #until(at: number): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle]?.from ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    const piece = this.#pieces[low - 1];
    if (piece === undefined) return this.#pieces[0]?.before ?? 0;
    return piece.before + Math.min(at, piece.to ?? at) - piece.from;
  }

  #forget(now: number): void {
    while ((this.#pieces[0]?.to ?? Infinity) < now - this.#keep) this.#pieces.shift();
    const [first, second] = this.#pieces;
    if (this.#pieces.length <= MOST || first?.to == null || second?.to == null) return;
    // The two oldest become one that lasted as long, and no time is lost.
    const length = first.to - first.from + second.to - second.from;
    this.#pieces.splice(0, 2, { from: second.to - length, to: second.to, before: first.before });
  }
}
