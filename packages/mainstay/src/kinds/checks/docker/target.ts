export interface DockerTarget {
  container: string;
  socket: string;
  restarts: number;
  /** Milliseconds. */
  over: number;
}
