import type { InstanceId } from '@mainstay/protocol';
import type { InstancePipes, LogEvent, LogHost } from '../ports/index.ts';
import type { MachineWatcher, SimMachine, SimProcess } from './machine.ts';

/** The longest that what a program says is on its way, ms: a last word may be heard after the end of who said it. */
const HEARD_WITHIN_MS = 500;
/** How often a healthy program says WATCHDOG=1, as a part of its period. */
const PING_PART = 0.4;

/**
 * The log side of one daemon's life: readiness lines, READY=1 and WATCHDOG=1 of the virtual programs.
 * What is said while no daemon listens waits in a pipe, as it does in a FIFO, and is heard by the next.
 */
export class SimLogHost implements LogHost, MachineWatcher {
  readonly durableCapture = true;
  #sink: (event: LogEvent) => void = () => {};
  readonly #watched = new Map<InstanceId, string>();
  readonly #machine: SimMachine;
  readonly #alive: () => boolean;
  readonly #pipes: SimPipes;

  constructor(machine: SimMachine, pipes: SimPipes, alive: () => boolean) {
    this.#machine = machine;
    this.#pipes = pipes;
    this.#alive = alive;
    pipes.reader = this;
  }

  connect(sink: (event: LogEvent) => void): void {
    this.#sink = sink;
  }

  open(instance: InstanceId): InstancePipes {
    return { out: `${instance}.out`, err: `${instance}.err`, notify: `${instance}.notify`, notifySocket: null };
  }

  begin(): void {
    this.#machine.clock.at(0, () => this.#pipes.deliver());
  }

  watchFor(instance: InstanceId, pattern: string | null): void {
    if (pattern === null) this.#watched.delete(instance);
    else this.#watched.set(instance, pattern);
    this.#machine.clock.at(0, () => this.#pipes.deliver());
  }

  drain(): void {
    // Nothing is kept.
  }

  tail(): string[] {
    return [];
  }

  configure(): void {
    // Nothing is kept.
  }

  close(): void {
    // Nothing is kept.
  }

  dispose(): void {
    // Nothing outlives a simulation.
  }

  problems(): string[] {
    return [];
  }

  flush(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** What a program said; false when nobody takes it. */
  hear(said: Said): boolean {
    if (!this.#alive()) return false;
    const { instance, incarnation } = said;
    if (said.what === 'READY') {
      this.#sink({ type: 'notified', instance, incarnation, field: 'READY', value: '1' });
      if (this.#watched.has(instance)) this.#sink({ type: 'log-matched', instance, incarnation, line: 'ready' });
    } else this.#sink({ type: 'notified', instance, incarnation, field: 'WATCHDOG', value: '1' });
    return true;
  }

  started(): void {
    // The pipes listen to the machine.
  }

  ended(): void {
    // What was said before the end has been said.
  }
}

interface Said {
  instance: InstanceId;
  incarnation: number;
  what: 'READY' | 'WATCHDOG';
}

/** The pipes of the machine: they outlive daemons. */
export class SimPipes implements MachineWatcher {
  reader: SimLogHost | null = null;
  readonly #waiting: Said[] = [];
  readonly #machine: SimMachine;

  constructor(machine: SimMachine) {
    this.#machine = machine;
    machine.watchers.add(this);
  }

  started(process: SimProcess, service: { watchdog: number | null }): void {
    const { readyAfter } = process.behaviour;
    if (readyAfter !== null) this.#machine.clock.at(readyAfter, () => this.#say(process, 'READY'));
    const { watchdog } = service;
    if (watchdog !== null) this.#ping(process, watchdog * PING_PART);
  }

  ended(): void {
    // Silence says it.
  }

  deliver(): void {
    while (this.#waiting.length > 0 && this.reader?.hear(this.#waiting[0] as Said) === true) this.#waiting.shift();
  }

  #ping(process: SimProcess, every: number): void {
    this.#machine.clock.at(every, () => {
      if (!this.#machine.processes.has(process.identity.pid)) return;
      if (!process.hanging) this.#say(process, 'WATCHDOG');
      this.#ping(process, every);
    });
  }

  #say(process: SimProcess, what: Said['what']): void {
    if (!this.#machine.processes.has(process.identity.pid) || process.hanging) return;
    const { instance, incarnation } = process;
    const said: Said = { instance, incarnation, what };
    this.#machine.clock.at((process.identity.pid * 37) % HEARD_WITHIN_MS, () => {
      this.deliver();
      if (this.reader?.hear(said) !== true && this.#waiting.length < 1_000) this.#waiting.push(said);
    });
  }
}
