import fs from 'node:fs';
import type { InstanceId } from '@mainstay/protocol';
import type { LogEvent, OpenOptions } from '../../ports/index.ts';
import type { Reading } from '../log/fifo.ts';
import type { Slots } from '../log/slots.ts';
import { Datagrams } from './datagrams.ts';
import { NotifyDescriptor } from './descriptor.ts';
import type { Notification } from './parse.ts';
import { notificationSocket } from './socket-name.ts';

interface Notifier {
  slots: Slots;
  descriptor: NotifyDescriptor;
  socketFile: string | null;
  /** Readiness by notification is what its start waits for. */
  awaited: boolean;
}

/** Everything that instances say of themselves. */
export class Notifications {
  readonly #runtime: string;
  readonly #reading: Reading;
  readonly #emit: (event: LogEvent) => void;
  readonly #notifiers = new Map<InstanceId, Notifier>();
  readonly #datagrams = new Datagrams();
  readonly #problems = new Map<InstanceId, string>();

  constructor(runtime: string, reading: Reading, emit: (event: LogEvent) => void) {
    this.#runtime = runtime;
    this.#reading = reading;
    this.#emit = emit;
  }

  /** Whether that instance's descriptor 3 is read. */
  has(instance: InstanceId): boolean {
    return this.#notifiers.has(instance);
  }

  /** Reads descriptor 3 of an instance from that FIFO. */
  open(instance: InstanceId, fifo: string, slots: Slots): void {
    const descriptor = new NotifyDescriptor(fifo, slots, this.#reading, (notification) =>
      this.#tell(instance, notification),
    );
    this.#notifiers.set(instance, { slots, descriptor, socketFile: null, awaited: false });
  }

  /** Binds its socket, if it is to have one, and gives what `NOTIFY_SOCKET` must say. Null: descriptor 3 only. */
  listen(instance: InstanceId, { notify, owner }: OpenOptions): string | null {
    const notifier = this.#notifiers.get(instance);
    if (notify === null || notifier === undefined) return null;
    notifier.awaited = notify.ready;
    const { native } = this.#reading;
    if (native === null) {
      this.#problems.set(
        instance,
        `cannot give ${instance} a notification socket: koffi does not load here; descriptor 3 works`,
      );
      return null;
    }
    const name = notificationSocket(this.#runtime, instance);
    if (this.#datagrams.has(instance)) return name.environment;
    try {
      if (name.file !== null) fs.rmSync(name.file, { force: true });
      const socket = native.bindDatagram(name.bind);
      if (name.file !== null) {
        fs.chmodSync(name.file, 0o600);
        if (owner !== null && process.getuid?.() === 0) fs.chownSync(name.file, owner.uid, owner.gid);
        notifier.socketFile = name.file;
      }
      this.#datagrams.listen(instance, socket, notify.watchdogMs, (notification) => this.#tell(instance, notification));
      this.#problems.delete(instance);
      return name.environment;
    } catch (error) {
      this.#problems.set(instance, `cannot give ${instance} a notification socket: ${(error as Error).message}`);
      return null;
    }
  }

  /** Another incarnation speaks from now on; of the same one, what was already said is said again. */
  begin(instance: InstanceId, incarnation: number): void {
    const notifier = this.#notifiers.get(instance);
    if (notifier === undefined) return;
    const { slots, descriptor, awaited } = notifier;
    if (slots.incarnation !== incarnation) {
      this.#datagrams.take(instance);
      descriptor.begin();
      slots.incarnation = incarnation;
      this.#datagrams.expect(instance, awaited);
    } else if (slots.matched === incarnation) {
      this.#tell(instance, { field: 'READY', value: '1' });
    } else {
      this.#datagrams.expect(instance, awaited);
    }
    descriptor.drain();
  }

  drain(instance: InstanceId): void {
    this.#datagrams.take(instance);
    this.#datagrams.expect(instance, false);
    this.#notifiers.get(instance)?.descriptor.drain();
  }

  close(instance: InstanceId): void {
    const notifier = this.#notifiers.get(instance);
    if (notifier === undefined) return;
    notifier.descriptor.close();
    this.#datagrams.close(instance);
    if (notifier.socketFile !== null) fs.rmSync(notifier.socketFile, { force: true });
    this.#notifiers.delete(instance);
    this.#problems.delete(instance);
  }

  dispose(): void {
    for (const instance of this.#notifiers.keys()) this.close(instance);
  }

  problems(): string[] {
    const descriptors = [...this.#notifiers.values()].flatMap(({ descriptor }) => descriptor.problem ?? []);
    return [...this.#problems.values(), ...descriptors];
  }

  /** Readiness is written down before it is told: the next daemon tells it again when this one dies in between. */
  #tell(instance: InstanceId, { field, value }: Notification): void {
    const notifier = this.#notifiers.get(instance);
    if (notifier === undefined) return;
    const { incarnation } = notifier.slots;
    if (field === 'READY' && value === '1') {
      notifier.slots.matched = incarnation;
      this.#datagrams.expect(instance, false);
    }
    this.#emit({ type: 'notified', instance, incarnation, field, value });
  }
}
