export interface MetricsTarget {
  url: string;
  value: string;
  per?: string | undefined;
  counter: boolean;
  /** Milliseconds. */
  over: number;
  headers: Record<string, string>;
  ca_file?: string | undefined;
}
