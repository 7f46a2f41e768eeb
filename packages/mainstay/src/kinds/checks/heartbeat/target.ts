/** When a job has to report. Times in ms; `every` or `schedule` is there. */
export interface HeartbeatTarget {
  every?: number | undefined;
  schedule?: string | undefined;
  grace?: number | undefined;
  longest?: number | undefined;
}
