import type { Exit, Identity, InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../core/plan/index.ts';
import type { SpawnSpec } from '../ports/index.ts';
import type { VirtualClock } from './clock.ts';

/** What a program is going to do in one life; drawn when it starts. */
export interface Behaviour {
  /** ms until it says that it is ready; null: never. */
  readyAfter: number | null;
  /** ms until it ends by itself; null: never. */
  endsAfter: number | null;
  exit: Exit;
  ignoresTerm: boolean;
  /** ms that SIGKILL does nothing (a process in an uninterruptible wait). */
  unkillableFor: number;
  /** Processes that left the group and survive the leader. */
  escapees: number;
  escapeesIgnoreTerm: boolean;
  /** ms until it hangs: no signs of life, probes fail; null: never. */
  hangsAfter: number | null;
  /** ms until it uses more memory than any limit; null: never. */
  growsAfter: number | null;
  /** How long it takes to end after SIGTERM, ms. */
  stopsIn: number;
}

export interface SimProcess {
  identity: Identity;
  instance: InstanceId;
  incarnation: number;
  leader: boolean;
  keepExit: boolean;
  /** What it runs. */
  command: readonly string[];
  behaviour: Behaviour;
  startedAt: number;
  hanging: boolean;
  /** It hangs because of SIGSTOP: the next signal wakes it. */
  stopped: boolean;
  /** Its healthcheck passes with a warning. */
  ailing: boolean;
  /** It outlives its leader because the service says so (`kill_mode: process`). */
  leftOnPurpose: boolean;
  /** A leader's: its forks are left so. */
  forksStay: boolean;
  /** Somebody else started it. */
  outsider: boolean;
  /** It got a signal. */
  signalled: boolean;
  /** It got a signal that ends it; the end comes later. */
  ending: boolean;
}

/** What the machine tells whoever listens. */
export interface MachineWatcher {
  started(process: SimProcess, service: ServicePlan): void;
  ended(process: SimProcess, exit: Exit): void;
}

const SUCCESS: Exit = { code: 0, signal: null, known: true };

/**
 * The virtual machine: processes that live whether a daemon does or not. It knows nothing of
 * decisions; it is the truth that invariants are checked against.
 */
export class SimMachine {
  bootId = 'boot-1';
  readonly processes = new Map<number, SimProcess>();
  /** Incarnations that left an identity and were not forgotten. */
  readonly identities = new Map<string, { instance: InstanceId; incarnation: number }>();
  /** Exit statuses that waiting parents wrote down. */
  readonly recorded = new Map<string, { instance: InstanceId; incarnation: number; exit: Exit }>();
  /** Instances that somebody else has started at some time: an end may leave them running. */
  readonly shared = new Set<InstanceId>();
  readonly watchers = new Set<MachineWatcher>();
  #nextPid = 100;
  #boots = 1;
  readonly clock: VirtualClock;
  readonly #draw: (spec: SpawnSpec) => Behaviour;

  constructor(clock: VirtualClock, draw: (spec: SpawnSpec) => Behaviour) {
    this.clock = clock;
    this.#draw = draw;
  }

  /** Starts a program: its leader, and what escapes from its group. */
  start(spec: SpawnSpec): SimProcess {
    const behaviour = this.#draw(spec);
    const leader = this.#make({ ...spec, command: spec.service.command }, behaviour, {
      leader: true,
      keepExit: spec.keepExit,
      leftOnPurpose: false,
    });
    if (spec.service.foreign === null) {
      this.identities.set(`${spec.instance}:${spec.incarnation}`, {
        instance: spec.instance,
        incarnation: spec.incarnation,
      });
    } else {
      leader.identity = { ...leader.identity, startTime: '', foreign: `life-${leader.identity.pid}` };
      leader.outsider = spec.incarnation === 0;
      if (leader.outsider) this.shared.add(spec.instance);
    }
    leader.forksStay = spec.service.killMode === 'process';
    for (let n = 0; n < behaviour.escapees; n += 1) this.fork(leader);
    for (const watcher of this.watchers) watcher.started(leader, spec.service);
    if (behaviour.endsAfter !== null) this.clock.at(behaviour.endsAfter, () => this.end(leader, behaviour.exit));
    if (behaviour.hangsAfter !== null) {
      this.clock.at(behaviour.hangsAfter, () => {
        leader.hanging = true;
      });
    }
    return leader;
  }

  /** A process leaves the group of its leader. */
  fork(leader: SimProcess): void {
    // Nothing leaves what something else runs.
    if (leader.identity.foreign !== undefined) return;
    const left = this.#make(leader, leader.behaviour, {
      leader: false,
      keepExit: false,
      leftOnPurpose: leader.forksStay,
    });
    // Nobody ends what is left on purpose: it does so itself, each after another time.
    const { pid } = left.identity;
    if (left.leftOnPurpose) this.clock.at((pid * 7_919) % 200_000, () => this.end(left, SUCCESS));
  }

  #make(
    { instance, incarnation, command }: Pick<SimProcess, 'instance' | 'incarnation' | 'command'>,
    behaviour: Behaviour,
    { leader, keepExit, leftOnPurpose }: Pick<SimProcess, 'leader' | 'keepExit' | 'leftOnPurpose'>,
  ): SimProcess {
    const pid = (this.#nextPid += 1);
    const process: SimProcess = {
      identity: { bootId: this.bootId, pid, startTime: String(Math.floor(this.clock.mono)) },
      instance,
      incarnation,
      leader,
      keepExit,
      command,
      behaviour,
      startedAt: this.clock.mono,
      hanging: false,
      stopped: false,
      ailing: false,
      leftOnPurpose,
      forksStay: false,
      outsider: false,
      signalled: false,
      ending: false,
    };
    this.processes.set(pid, process);
    return process;
  }

  /** A process ends. */
  end(process: SimProcess, exit: Exit): void {
    if (!this.processes.delete(process.identity.pid)) return;
    const { instance, incarnation } = process;
    if (process.leader && process.keepExit)
      this.recorded.set(`${instance}:${incarnation}`, { instance, incarnation, exit });
    for (const watcher of this.watchers) watcher.ended(process, exit);
  }

  /** A signal reaches one process. */
  signal(process: SimProcess, signal: string): void {
    if (!this.processes.has(process.identity.pid)) return;
    const { behaviour } = process;
    if (signal === 'SIGKILL') {
      const wait = Math.max(0, process.startedAt + behaviour.unkillableFor - this.clock.mono);
      this.clock.at(wait, () => this.end(process, { code: null, signal, known: true }));
      return;
    }
    if (signal === 'SIGSTOP') {
      process.stopped = true;
      process.hanging = true;
      return;
    }
    if (process.stopped) {
      process.stopped = false;
      process.hanging = false;
    }
    const deaf = process.leader ? behaviour.ignoresTerm || process.hanging : behaviour.escapeesIgnoreTerm;
    if (deaf || process.ending) return;
    process.ending = true;
    this.clock.at(behaviour.stopsIn, () => this.end(process, { code: null, signal, known: true }));
  }

  members(instance: InstanceId, incarnation: number): SimProcess[] {
    return [...this.processes.values()].filter((one) => one.instance === instance && one.incarnation === incarnation);
  }

  /** The machine restarts: everything is gone, its monotonic clock is not comparable any more. */
  reboot(): void {
    this.#boots += 1;
    this.bootId = `boot-${this.#boots}`;
    for (const process of this.processes.values()) {
      this.processes.delete(process.identity.pid);
      for (const watcher of this.watchers) watcher.ended(process, { code: null, signal: null, known: false });
    }
    this.recorded.clear();
    this.identities.clear();
  }
}
