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
  /**
   * Of what something else runs, the name of this life of it, and what tells it from others: the id of a container and
   * when it was started, or the invocation of a unit. `pid` is for people then (0: none), `startTime` empty.
   */
  foreign?: string;
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  if (a.foreign !== undefined || b.foreign !== undefined) return a.foreign === b.foreign && a.bootId === b.bootId;
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
}

/** How a process ended. `known: false` when nobody was there to be told (an adopted process). */
export interface Exit {
  code: number | null;
  signal: string | null;
  known: boolean;
  /** Something of it was ended because memory ran out. */
  outOfMemory?: OutOfMemory;
}

/** An end for want of memory. */
export interface OutOfMemory {
  /** The kernel did it; or mainstay, which watches the memory where no control group can limit it. */
  by: 'kernel' | 'mainstay';
  /** The limit that was reached, in bytes; null: none of its own, memory was short on the whole machine (or in a group around). */
  limit: number | null;
  /** Whether the main process was ended; false: only others that it had started. */
  main: boolean;
}

/** `exit code 1`, `killed by SIGSEGV`, `exit status unknown`, `out of memory (limit 64 MB)`. */
export function describeExit(exit: Exit): string {
  const { outOfMemory } = exit;
  if (outOfMemory?.main === true) return describeOutOfMemory(outOfMemory);
  const plain = describePlainExit(exit);
  if (outOfMemory === undefined) return plain;
  return `${plain}, after another of its processes was killed: ${describeOutOfMemory(outOfMemory)}`;
}

function describePlainExit({ known, signal, code }: Exit): string {
  if (!known) return 'exit status unknown';
  return signal === null ? `exit code ${code ?? 0}` : `killed by ${signal}`;
}

/** `out of memory (limit 64 MB)` */
export function describeOutOfMemory({ limit }: Pick<OutOfMemory, 'limit'>): string {
  return limit === null ? 'out of memory (the whole machine)' : `out of memory (limit ${describeBytes(limit)})`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** Bytes for people, in units of 1024: `64 MB`, `1.5 GB`. */
export function describeBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toPrecision(value < 1000 ? 3 : 4))} ${UNITS[unit] ?? ''}`;
}
