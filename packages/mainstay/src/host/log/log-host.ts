import fs from 'node:fs';
import path from 'node:path';
import type { InstanceId } from '@mainstay/protocol';
import { logFileName } from '../../core/log/index.ts';
import type { LoggingPlan } from '../../core/plan/index.ts';
import type {
  FollowedLine,
  FollowedLogs,
  InstancePipes,
  LogEvent,
  LogHost,
  OpenOptions,
  Stream,
} from '../../ports/index.ts';
import { ensureDirectory } from '../directories.ts';
import type { Native } from '../native/index.ts';
import { loadNative } from '../native/index.ts';
import { Notifications } from '../notify/index.ts';
import type { Reading } from './fifo.ts';
import { makeFifos, tellsReads } from './fifo.ts';
import { FollowedLog } from './followed-log.ts';
import { Gate } from './gate.ts';
import { Holder } from './holder.ts';
import { InstanceLog } from './instance-log.ts';
import { LogFile } from './log-file.ts';
import type { RotationPolicy } from './rotate.ts';
import type { Fault } from './slots-layout.ts';
import { fileName, findSlots, openSlots, removeSlots, slotsPath } from './stream-memory.ts';

export interface LogHostOptions {
  directories: { runtime: string; logs: string };
  /** UTC milliseconds. */
  wall: () => number;
  /** Shared with the daemon's own logs, so that all of them together wait with at most two operations for a disk. */
  gate?: Gate;
  /** Null: do without native calls; absent: load them. */
  native?: Native | null;
  /** Called at every step of a capture, for tests that end the process there. */
  fault?: Fault;
}

const ANYTHING: RotationPolicy = { maxSize: Infinity, maxFiles: 1, maxAge: Infinity };
const LOOK_AGAIN_MS = 10;
const DEFAULTS: OpenOptions = { owner: null, notify: null };

/** Captures what instances write; takes over what an earlier daemon left unwritten. */
export async function createLogHost(options: LogHostOptions): Promise<LogHost & FollowedLogs> {
  const native = options.native === undefined ? await loadNative() : options.native;
  return new FifoLogHost(options, native);
}

class FifoLogHost implements LogHost, FollowedLogs {
  readonly #options: LogHostOptions;
  readonly #native: Native | null;
  readonly #reading: Reading;
  readonly #gate: Gate;
  /** FIFOs and slots. */
  readonly #directory: string;
  readonly #logs = new Map<InstanceId, InstanceLog>();
  readonly #followed = new Map<InstanceId, FollowedLog>();
  readonly #files = new Map<string, LogFile>();
  /** Streams for which there is no shared memory, and why. */
  readonly #unshared = new Map<string, string>();
  readonly #closing = new Set<InstanceId>();
  readonly #notifications: Notifications;
  readonly #holder: Holder;
  #sink: (event: LogEvent) => void = () => undefined;

  constructor(options: LogHostOptions, native: Native | null) {
    this.#options = options;
    this.#native = native;
    this.#gate = options.gate ?? new Gate();
    this.#directory = path.join(options.directories.runtime, 'io');
    fs.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    ensureDirectory(options.directories.logs, 0o750);
    this.#holder = new Holder(this.#directory);
    this.#reading = { native, accessTimes: tellsReads(this.#directory, native) };
    this.#notifications = new Notifications(options.directories.runtime, this.#reading, (event) => this.#sink(event));
    if (native !== null) this.#recover();
  }

  /** Everything that was being written is queued before anything new can be. */
  #recover(): void {
    const found = new Map<InstanceId, string>();
    for (const { instance, service, stream } of findSlots(this.#directory)) {
      if (stream !== 'notify') found.set(instance as InstanceId, service);
    }
    for (const [instance, service] of found) this.#log(instance, service).redo();
  }

  connect(sink: (event: LogEvent) => void): void {
    this.#sink = sink;
  }

  open(instance: InstanceId, service: string, logging: LoggingPlan, options = DEFAULTS): InstancePipes {
    const at = (end: string): string => path.join(this.#directory, `${fileName(instance)}.${end}`);
    const paths = { out: at('out'), err: at('err'), notify: at('notify') };
    if (options.followed === true) {
      this.#follow(instance, service).logging = logging;
      return { ...paths, notifySocket: null };
    }
    this.#followed.delete(instance);
    const attached = this.#logs.get(instance)?.logging != null;
    // Nobody writes into the third pipe unless the program is to notify.
    const used = options.notify === null ? [paths.out, paths.err] : Object.values(paths);
    makeFifos(used, options.owner, this.#native);
    this.#closing.delete(instance);
    const log = this.#log(instance, service);
    log.logging = logging;
    this.configure(instance, logging);
    if (!attached) log.attach(paths);
    const isNew = options.notify !== null && !this.#notifications.has(instance);
    if (isNew) {
      const label = { instance, service, stream: 'notify' as const };
      this.#notifications.open(instance, paths.notify, this.#slots(label).slots);
    }
    if (!attached || isNew) this.#holder.hold(used);
    if (attached) this.#holder.now();
    return { ...paths, notifySocket: this.#notifications.listen(instance, options) };
  }

  #follow(instance: InstanceId, service: string): FollowedLog {
    const log =
      this.#followed.get(instance) ??
      new FollowedLog(instance, service, {
        file: () => this.#file(service, null),
        emit: (event) => this.#sink(event),
        gate: this.#gate,
        record: path.join(this.#directory, `${fileName(instance)}.position`),
      });
    this.#followed.set(instance, log);
    return log;
  }

  async position(instance: InstanceId): Promise<string | null> {
    return (await this.#followed.get(instance)?.position()) ?? null;
  }

  async beginAt(instance: InstanceId, cursor: string): Promise<void> {
    await this.#followed.get(instance)?.beginAt(cursor);
  }

  async feed(instance: InstanceId, lines: readonly FollowedLine[]): Promise<void> {
    await this.#followed.get(instance)?.feed(lines);
  }

  #log(instance: InstanceId, service: string): InstanceLog {
    let log = this.#logs.get(instance);
    if (log === undefined) {
      const slots = {
        out: this.#slots({ instance, service, stream: 'out' }),
        err: this.#slots({ instance, service, stream: 'err' }),
      };
      log = new InstanceLog(instance, service, slots, {
        fileOf: (name, split) => this.#file(name, split),
        emit: (event) => this.#sink(event),
        wall: this.#options.wall,
        reading: this.#reading,
      });
      this.#logs.set(instance, log);
    }
    return log;
  }

  #slots(label: { instance: string; service: string; stream: Stream | 'notify' }): ReturnType<typeof openSlots> {
    return openSlots(
      {
        directory: this.#directory,
        native: this.#native,
        fault: this.#options.fault ?? null,
        unshared: (file, why) => this.#unshared.set(file, why),
      },
      label,
    );
  }

  #file(service: string, split: Stream | null): LogFile {
    const name = logFileName(service, split);
    let file = this.#files.get(name);
    if (file === undefined) {
      file = new LogFile(path.join(this.#options.directories.logs, name), ANYTHING, this.#gate, true);
      this.#files.set(name, file);
    }
    file.policy = this.#policy(service) ?? file.policy;
    return file;
  }

  #all(): (InstanceLog | FollowedLog)[] {
    return [...this.#logs.values(), ...this.#followed.values()];
  }

  #of(instance: InstanceId): InstanceLog | FollowedLog | undefined {
    return this.#followed.get(instance) ?? this.#logs.get(instance);
  }

  #policy(service: string): RotationPolicy | undefined {
    for (const log of this.#all()) {
      if (log.service === service && log.logging !== null) return log.logging;
    }
    return undefined;
  }

  begin(instance: InstanceId, incarnation: number): void {
    this.#of(instance)?.begin(incarnation);
    this.#notifications.begin(instance, incarnation);
  }

  watchFor(instance: InstanceId, pattern: string | null): void {
    this.#of(instance)?.watchFor(pattern);
  }

  drain(instance: InstanceId): void {
    this.#logs.get(instance)?.drain();
    this.#notifications.drain(instance);
  }

  tail(instance: InstanceId, lines: number): string[] {
    return this.#of(instance)?.tail(Math.min(lines, 50)) ?? [];
  }

  configure(instance: InstanceId, logging: LoggingPlan): void {
    const changed = this.#of(instance);
    if (changed === undefined) return;
    for (const log of this.#all()) {
      if (log.service === changed.service && log.logging !== null) log.logging = logging;
    }
  }

  close(instance: InstanceId): void {
    const followed = this.#followed.get(instance);
    if (followed !== undefined) {
      followed.close();
      this.#followed.delete(instance);
      fs.rmSync(path.join(this.#directory, `${fileName(instance)}.position`), { force: true });
    }
    const log = this.#logs.get(instance);
    if (log === undefined || this.#closing.has(instance)) return;
    log.drain();
    log.detach();
    log.logging = null;
    this.#notifications.close(instance);
    this.#closing.add(instance);
    this.#remove(log);
  }

  /** Removes what is kept of an instance as soon as its last line is written. */
  #remove(log: InstanceLog): void {
    const { instance, service } = log;
    if (!this.#closing.has(instance)) return;
    if (!log.idle) {
      setTimeout(() => this.#remove(log), LOOK_AGAIN_MS).unref();
      return;
    }
    this.#closing.delete(instance);
    this.#logs.delete(instance);
    const streams = ['out', 'err', 'notify'];
    const fifos = streams.map((stream) => path.join(this.#directory, `${fileName(instance)}.${stream}`));
    for (const slots of streams.map((stream) => slotsPath(this.#directory, instance, stream))) {
      removeSlots(slots);
      this.#unshared.delete(slots);
    }
    for (const fifo of fifos) fs.rmSync(fifo, { force: true });
    this.#holder.release(fifos);
    if ([...this.#logs.values()].some((other) => other.service === service)) return;
    for (const split of [null, 'out', 'err'] as const) void this.#file(service, split).close();
  }

  async flush(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#idle()) {
      if (performance.now() >= deadline) return false;
      for (const file of this.#files.values()) file.hurry();
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_AGAIN_MS);
      });
    }
    return true;
  }

  #idle(): boolean {
    return this.#all().every((log) => log.idle) && [...this.#files.values()].every((file) => file.idle);
  }

  dispose(): void {
    for (const log of this.#logs.values()) log.detach();
    this.#notifications.dispose();
    this.#holder.stop();
  }

  get durableCapture(): boolean {
    return this.#native !== null && this.#unshared.size === 0;
  }

  problems(): string[] {
    const unshared = [...this.#unshared].map(
      ([file, why]) => `cannot keep what waits in ${file} over a kill of mainstay: ${why}`,
    );
    const files = [...this.#files.values()].flatMap((file) => file.problem ?? []);
    const logs = this.#all().flatMap((log) => log.problems);
    return [...files, ...logs, ...unshared, ...this.#notifications.problems(), ...[this.#holder.problem ?? []].flat()];
  }
}
