import { splitInstanceId, type Desired, type Exit, type InstanceId } from '@mainstay/protocol';
import { backoffBounds } from '@mainstay/sdk/policy';
import type { Plan, ServicePlan } from '../core/plan/index.ts';
import { Deadlines } from './deadlines.ts';
import type { MachineWatcher, SimMachine, SimProcess } from './machine.ts';
import { covers, type Windows } from './windows.ts';

export interface Violation {
  invariant: string;
  at: number;
  detail: string;
}

/** A dependency that ended this recently may not be known to have ended yet, in ms. */
const HEARSAY_MS = 2_500;
/** The longest grace period in drawn plans, what SIGKILL may take, and a daemon that was dead for a minute in between. */
const STOP_MS = 90_000;
/** The longest that an engine does not answer. */
const ABSENT_MS = 120_000;

/**
 * What must hold at every step, checked against the machine itself and against what the operator was
 * told, never against what the daemon believes.
 */
export class Invariants implements MachineWatcher {
  readonly violations: Violation[] = [];
  /** What the operator was told is wanted; `unsure` while a command is not confirmed. */
  readonly wants = new Map<string, Desired | 'unsure'>();
  starts = 0;
  readonly deadlines: Deadlines;
  /** The daemon stands still, and hears of nothing, before this moment. */
  deafUntil = 0;
  /** Another plan was asked for and is not confirmed. */
  planInDoubt = false;
  /** Starts cannot be relied on. */
  startsFail = false;
  readonly #ends = new Map<InstanceId, { at: number; heard: number; wall: number; slow: boolean }>();
  readonly #newestStart = new Map<InstanceId, number>();
  /** Starts nobody asked for, under the present daemon. */
  #unasked: number[] = [];
  /** When somebody last asked for something that may start, end or restart the service. */
  readonly #asked = new Map<string, number>();
  /** Incarnations that got a signal soon after that: the stop may last over a standstill of the daemon. */
  readonly #stopping = new Map<InstanceId, number>();
  #askedAll = 0;
  /** Monotonic ms. */
  #daemonBegan = 0;
  readonly #machine: SimMachine;
  readonly #plan: () => Plan;
  readonly #windows: Windows;

  constructor(machine: SimMachine, plan: () => Plan, windows: Windows) {
    this.#machine = machine;
    this.#plan = plan;
    this.#windows = windows;
    this.deadlines = new Deadlines(machine, plan, this);
    machine.watchers.add(this);
  }

  /** A daemon begins; its budget is what it can tell from the lives it finds. */
  daemonStarted(): void {
    this.#unasked = [];
    this.#daemonBegan = this.#machine.clock.mono;
    this.deadlines.daemonBegan();
  }

  /** The daemon stands still until then, or longer: what it may not have heard of yet, it hears of then. */
  deaf(until: number): void {
    this.deafUntil = Math.max(this.deafUntil, until);
    for (const end of this.#ends.values()) {
      if (end.heard > this.#machine.clock.mono - HEARSAY_MS) end.heard = Math.max(end.heard, until);
    }
  }

  /** Somebody asked for something; from now on its consequences are not unasked. */
  asked(service: string | null): void {
    this.deadlines.disturbed();
    if (service === null) this.#askedAll = this.#machine.clock.mono;
    else this.#asked.set(service, this.#machine.clock.mono);
  }

  /** A signal is about to reach a process. */
  signalled(process: SimProcess, blameless: boolean, signal: string): void {
    const { service, index } = splitInstanceId(process.instance);
    if (process.leader && this.#askedSince(service, this.#machine.clock.mono - STOP_MS))
      this.#stopping.set(process.instance, process.incarnation);
    if (!blameless || !process.leader || process.hanging) return;
    // What an engine starts was asked for before, and the longer it does not answer the longer before.
    const since = process.identity.foreign === undefined ? process.startedAt : process.startedAt - ABSENT_MS;
    if (this.#askedSince(service, since)) return;
    if (this.wants.get(service) !== 'running') return;
    // A plan that was never confirmed may have started more than the one that holds after all.
    if (index >= (this.#plan().services.find((one) => one.name === service)?.instances ?? 0)) return;
    this.#violate(
      'blameless processes are left alone',
      `${signal} to ${process.instance} incarnation ${process.incarnation}`,
    );
  }

  started(process: SimProcess, plan: ServicePlan): void {
    this.starts += 1;
    this.deadlines.started();
    const { instance, incarnation } = process;
    this.#newestStart.set(instance, this.#machine.clock.mono);
    // What other people start is their business.
    if (process.outsider) return;
    const { service } = splitInstanceId(instance);
    for (const other of this.#machine.processes.values()) {
      if (other.instance !== instance || other === process) continue;
      if (other.leader)
        this.#violate('never two live incarnations', `${instance} ${other.incarnation} and ${incarnation}`);
      else if (plan.killMode !== 'process' && other.incarnation !== incarnation)
        this.#violate('the old tree is gone before the new one starts', `${instance} ${incarnation}`);
    }
    if (this.wants.get(service) === 'stopped') this.#violate('nothing desired stopped is started', instance);
    this.#checkBackoff(instance, service, plan);
    this.#checkDependencies(instance, plan);
  }

  ended(process: SimProcess, exit: Exit): void {
    if (!process.leader) return;
    const stopped = this.#stopping.get(process.instance) === process.incarnation;
    const slow = process.behaviour.unkillableFor > 0;
    const { mono, wall } = this.#machine.clock;
    this.#ends.set(process.instance, { at: mono, heard: Math.max(mono, this.deafUntil), wall, slow: slow || stopped });
    if (!slow && !this.startsFail && !this.planInDoubt) this.deadlines.ended(process, exit);
  }

  /** Whether a maintenance window covers the service now, or might. */
  mayBeMaintained(service: string): boolean {
    const { wall } = this.#machine.clock;
    if (this.#windows.mayCover(service, wall)) return true;
    return this.#windows.confirmed.some((one) => covers(one, service) && one.until > wall);
  }

  startedSince(instance: InstanceId, mono: number): boolean {
    return (this.#newestStart.get(instance) ?? -1) >= mono;
  }

  /** Time began anew (a reboot): what was before cannot be compared. */
  forget(): void {
    this.#ends.clear();
    this.asked(null);
  }

  #askedSince(service: string, mono: number): boolean {
    return Math.max(this.#asked.get(service) ?? -1, this.#askedAll) >= mono;
  }

  #checkBackoff(instance: InstanceId, service: string, plan: ServicePlan): void {
    const end = this.#ends.get(instance);
    // A restart that was asked for follows the end of a stop that takes its time.
    if (end === undefined || end.slow || this.#askedSince(service, end.at - STOP_MS)) return;
    // Of what something else ran, and that ended before this daemon began, nobody tells this one.
    if (plan.foreign !== null && end.at < this.#daemonBegan) return;
    const waited = this.#machine.clock.mono - end.at;
    const least = backoffBounds(plan.restartPolicy, 1).min;
    this.#checkBudget();
    const windows = this.#windows.confirmed;
    // What ended during maintenance is started when that is over, however soon.
    if (waited < least && !this.#windows.mayHaveCovered(service, end.wall))
      this.#violate('backoff within its bounds', `${instance} started again after ${waited} ms, at least ${least}`);
    const { wall } = this.#machine.clock;
    for (const window of windows) {
      if (covers(window, service) && window.from <= end.wall && wall < window.until) {
        this.#violate('nothing is restarted during maintenance', `${instance} in ${window.id}`);
      }
    }
  }

  #checkBudget(): void {
    const { mono } = this.#machine.clock;
    const { restarts, window } = this.#plan().restartBudget;
    this.#unasked = [...this.#unasked.filter((at) => mono - at < window), mono];
    if (this.#unasked.length > restarts)
      this.#violate('the restart budget holds', `${this.#unasked.length} restarts in ${window} ms`);
  }

  #checkDependencies(instance: InstanceId, plan: ServicePlan): void {
    for (const dependency of plan.dependsOn) {
      if (!dependency.required || dependency.condition === 'service_completed_successfully') continue;
      const needed = this.#plan().services.find((one) => one.name === dependency.service);
      // What may complete by itself, cannot always be seen, or is not in the plan, is not expected to live.
      if (needed === undefined || needed.foreign !== null || needed.restart === 'no' || needed.restart === 'on-failure')
        continue;
      const lives = [...this.#machine.processes.values()].some(
        (one) => splitInstanceId(one.instance).service === dependency.service,
      );
      const ends = [...this.#ends]
        .filter(([id]) => splitInstanceId(id).service === dependency.service)
        .map(([, end]) => end.heard);
      const justEnded = ends.some((at) => this.#machine.clock.mono - at < HEARSAY_MS);
      if (!lives && !justEnded)
        this.#violate('dependents wait for their dependencies', `${instance} without ${dependency.service}`);
    }
  }

  #violate(invariant: string, detail: string): void {
    this.violations.push({ invariant, at: this.#machine.clock.mono, detail });
  }

  add(invariant: string, detail: string): void {
    this.#violate(invariant, detail);
  }
}
