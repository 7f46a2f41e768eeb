/** A moment, on both clocks. Delays use `mono`; what is stored or shown uses `wall`. */
export interface Now {
  /** Milliseconds on the monotonic clock of this boot: comparable between processes of one boot. */
  mono: number;
  /** UTC milliseconds since the epoch. */
  wall: number;
}

/** Chance, as the decisions get it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
