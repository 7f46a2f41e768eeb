export interface LogsTarget {
  path?: string | undefined;
  service?: string | undefined;
  match?: string | undefined;
  ignore?: string | undefined;
  /** Milliseconds. */
  over: number;
}
