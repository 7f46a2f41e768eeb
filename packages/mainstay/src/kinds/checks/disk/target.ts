export interface DiskTarget {
  path: string;
  mounted: boolean;
  /** Milliseconds. */
  trend: number;
}
