/** Where the daemon listens for people and monitors. */
export interface ApiPlan {
  /** An IP address. */
  host: string;
  port: number;
  /** Absolute path of the file with the hashes of the keys. */
  keysFile: string;
}
