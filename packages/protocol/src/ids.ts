/** `service/index`, for example `backend/0`. Stable over the life of a project. */
export type InstanceId = `${string}/${number}`;

/** The id of instance `index` of `service`. */
export function instanceId(service: string, index: number): InstanceId {
  return `${service}/${index}`;
}

/** The service and the index of an instance id. */
export function splitInstanceId(id: InstanceId): { service: string; index: number } {
  const slash = id.lastIndexOf('/');
  return { service: id.slice(0, slash), index: Number(id.slice(slash + 1)) };
}

/** What a person is shown: `backend`, or `backend/1` when the service has several instances. */
export function instanceLabel(id: InstanceId, instances: number): string {
  return instances === 1 ? splitInstanceId(id).service : id;
}

/** Identity of a process: a pid alone is reused, these three together are not. */
export interface Identity {
  /** `/proc/sys/kernel/random/boot_id` */
  bootId: string;
  pid: number;
  /** Field 22 of `/proc/PID/stat`: clock ticks since boot, as the kernel prints it. */
  startTime: string;
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
}

/** How a process ended. `known: false` when nobody was there to be told (an adopted process). */
export interface Exit {
  code: number | null;
  signal: string | null;
  known: boolean;
  /** The kernel's out-of-memory killer did it. */
  outOfMemory?: boolean;
}

/** `exit code 1`, `killed by SIGSEGV`, `exit status unknown`. */
export function describeExit(exit: Exit): string {
  if (!exit.known) return 'exit status unknown';
  if (exit.outOfMemory === true) return 'killed: out of memory';
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  return `exit code ${exit.code ?? 0}`;
}
