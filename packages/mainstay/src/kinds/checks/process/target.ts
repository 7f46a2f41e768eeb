export interface ProcessTarget {
  name?: string | undefined;
  pid_file?: string | undefined;
  service?: string | undefined;
  /** Milliseconds. */
  over: number;
}
