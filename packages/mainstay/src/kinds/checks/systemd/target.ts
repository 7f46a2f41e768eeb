export interface SystemdTarget {
  unit: string;
  user: boolean;
  restarts: number;
  /** Milliseconds. */
  over: number;
}
