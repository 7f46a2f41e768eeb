export interface CpuTarget {
  /** Milliseconds. */
  over: number;
}
