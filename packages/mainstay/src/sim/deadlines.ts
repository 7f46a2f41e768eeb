import { splitInstanceId, type Exit } from '@mainstay/protocol';
import { backoffBounds } from '@mainstay/sdk/policy';
import type { Plan, ServicePlan } from '../core/plan/index.ts';
import type { Invariants } from './invariants.ts';
import type { SimMachine, SimProcess } from './machine.ts';

/** What a daemon may take beyond a backoff: it hears late of adopted processes, and starts may be slow. */
const SLACK_MS = 5_000;
/** What a program that is ended for hanging may live on, beyond its uptime. */
const STOP_SLACK_MS = 30_000;
/** What a stop may take while a daemon lives: the longest chain of dependents, each with its grace period and its kill. */
const STOP_MS = 240_000;

/** What must happen in time, as long as nobody is in the way. */
export class Deadlines {
  /** When something last happened that makes what comes later excusable. */
  #disturbed = 0;
  #daemon = true;
  #began = 0;
  #engineAbsent = false;
  readonly #starts: number[] = [];
  readonly #machine: SimMachine;
  readonly #plan: () => Plan;
  readonly #invariants: Invariants;

  constructor(machine: SimMachine, plan: () => Plan, invariants: Invariants) {
    this.#machine = machine;
    this.#plan = plan;
    this.#invariants = invariants;
  }

  /** Nobody is there until the next daemon begins. */
  daemonDied(): void {
    this.#daemon = false;
  }

  daemonBegan(): void {
    this.#daemon = true;
    this.#began = this.#machine.clock.mono;
    this.disturbed();
  }

  /** The daemon stood still; somebody asked for something; starts fail. */
  disturbed(): void {
    this.#disturbed = this.#machine.clock.mono;
  }

  /** Whoever runs what mainstay does not run does not answer, or does so again. */
  engineAbsent(absent: boolean): void {
    this.#engineAbsent = absent;
    this.disturbed();
  }

  started(): void {
    this.#starts.push(this.#machine.clock.mono);
  }

  /** A leader ended: unless something comes in between, the next one starts within the bounds of its backoff. */
  ended(process: SimProcess, exit: Exit): void {
    const { mono } = this.#machine.clock;
    const { service: name, index } = splitInstanceId(process.instance);
    const service = this.#plan().services.find((one) => one.name === name);
    if (service === undefined || index >= service.instances) return;
    if (this.#invariants.wants.get(name) !== 'running' || this.#invariants.mayBeMaintained(name)) return;
    const bound = this.#bound(process, service, exit);
    const leaves = [...this.#machine.processes.values()].some((one) => one.instance === process.instance);
    if (bound === null || leaves) return;
    this.#machine.clock.at(bound, () => {
      if (this.#invariants.deafUntil >= this.#machine.clock.mono) return;
      if (!this.#daemon || this.#disturbed >= mono || this.#invariants.startedSince(process.instance, mono)) return;
      if (this.#engineAbsent && service.foreign !== null) return;
      if (this.#invariants.mayBeMaintained(name) || this.#budgetMayBeUsedUp(mono)) return;
      this.#invariants.add('a restart comes in time', `${process.instance} is not started after ${bound} ms`);
    });
  }

  /** A stop was confirmed: unless the daemon is disturbed, nothing of the service lives for long. */
  stopConfirmed(service: string): void {
    const { mono } = this.#machine.clock;
    this.#machine.clock.at(STOP_MS, () => {
      if (this.#invariants.wants.get(service) !== 'stopped') return;
      if (!this.#daemon || this.#disturbed > mono) {
        this.stopConfirmed(service);
        return;
      }
      const left = [...this.#machine.processes.values()].filter(
        (one) => splitInstanceId(one.instance).service === service && !one.leftOnPurpose && !one.outsider,
      );
      const first = left[0];
      if (first === undefined || left.some((one) => one.behaviour.unkillableFor > 0)) return;
      this.#invariants.add('every stop ends', `${first.instance} lives ${STOP_MS} ms after its stop was confirmed`);
    });
  }

  /** The longest that may pass until the next start, ms; null: it may never come. */
  #bound(process: SimProcess, service: ServicePlan, exit: Exit): number | null {
    const { restartPolicy: policy } = service;
    if (service.dependsOn.length > 0 || (service.restart !== 'always' && service.restart !== 'unless-stopped'))
      return null;
    if (exit.code !== null && policy.fatalExitCodes.includes(exit.code)) return null;
    const lived = this.#machine.clock.mono - process.startedAt;
    // Its uptime counts from when it was ready: at once.
    const calm = this.#disturbed < process.startedAt;
    const stable = calm && service.ready.by === 'start' && lived >= policy.resetAfter + STOP_SLACK_MS;
    if (stable) return backoffBounds(policy, 1).max + SLACK_MS;
    return policy.cooldown === null ? null : Math.max(backoffBounds(policy, 1_000).max, policy.cooldown) + SLACK_MS;
  }

  #budgetMayBeUsedUp(since: number): boolean {
    const { restarts, window } = this.#plan().restartBudget;
    // A new daemon takes what it finds for restarts, also what still waits for one.
    if (since - this.#began < window) return true;
    return this.#starts.filter((at) => at >= since - window).length >= restarts;
  }
}
