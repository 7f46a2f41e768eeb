import type { Desired } from '@mainstay/protocol';
import type { Command } from '../core/coordinator/index.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { disown, mayBeLeft } from './foreign.ts';
import type { Simulation } from './simulation.ts';

/** A command that is not confirmed after this long is given again, ms. */
const PATIENCE_MS = 10_000;

/** No disk keeps a command unconfirmed this often. */
const MOST_TRIES = 60;
/** Any orderly end is done by then, and the operator back, s. */
const LONGEST_END_S = 1_800;

/**
 * The operator: what they asked for, what was confirmed, and what they therefore expect. A command that a dead daemon
 * never confirmed leaves them in doubt.
 */
export class Operator {
  /** Everything is being ended in order, since it was asked for. */
  ending: { now: boolean } | null = null;
  /** The daemon said that everything is down, and is about to end, or has. */
  leaving = false;
  /** Commands given so far, and the newest one about each service. */
  #asks = 0;
  /** Commands that were confirmed. */
  confirmed = 0;
  readonly #newest = new Map<string, number>();
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /**
   * Gives the daemon a command: what is wanted is in doubt until it is confirmed, and a later command about the same
   * service counts more than an earlier one's confirmation. `false`: no daemon listens.
   */
  ask(services: readonly string[], wanted: Desired, command: Command, confirmed: () => void = () => {}): boolean {
    const { daemon, invariants } = this.#sim;
    if (daemon === null || this.#sim.isFrozen()) return false;
    const number = (this.#asks += 1);
    for (const name of services) {
      invariants.wants.set(name, 'unsure');
      this.#newest.set(name, number);
    }
    const done = (): void => {
      // A dead daemon confirms nothing, whatever its promises still do here.
      if (this.#sim.daemon !== daemon) return;
      for (const name of services) {
        if (this.#newest.get(name) !== number) continue;
        invariants.wants.set(name, wanted);
        if (wanted === 'stopped') invariants.deadlines.stopConfirmed(name);
      }
      this.confirmed += 1;
      confirmed();
    };
    // Not confirmed in time, but done all the same.
    const doubtful = (): void => {
      if (this.#sim.daemon === daemon) this.#sim.plan = daemon.coordinator.world.plan;
    };
    daemon.command(command).then(done, doubtful);
    return true;
  }

  /** Gives a command as often as it takes until it is confirmed; `false` when it makes no sense. */
  async insist(give: () => boolean): Promise<boolean> {
    const sim = this.#sim;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      while (sim.daemon === null || sim.isFrozen()) await sim.advance(500);
      const { daemon } = sim;
      const { confirmed } = this;
      let given = false;
      sim.guard(() => {
        // Should the daemon die of it, it was given.
        given = true;
        given = give();
      });
      if (!given) return false;
      const until = sim.clock.mono + PATIENCE_MS;
      while (sim.daemon === daemon && this.confirmed === confirmed && sim.clock.mono < until) await sim.advance(100);
      if (this.confirmed > confirmed) return true;
    }
    throw new Error('a command is never confirmed');
  }

  /** Ends everything, in order or at once; asks again until a daemon has done it. */
  down(now: boolean): boolean {
    if (this.#sim.daemon === null || this.#sim.isFrozen()) return false;
    this.ending = { now };
    this.#askDown(now);
    return true;
  }

  /** Waits until everything that was to end has, and the next daemon has begun; not for ever. */
  async ended(): Promise<void> {
    for (let seconds = 0; this.ending !== null && seconds < LONGEST_END_S; seconds += 1) await this.#sim.advance(1_000);
    if (this.ending !== null) this.#sim.invariants.add('an orderly end ends', 'it does not');
  }

  /** A daemon is about to begin: its guardian's, or the operator's own after an orderly end. */
  daemonStarting(): void {
    // Its last word may not have reached the disk: then the next one goes on where it was.
    const { facts, intents } = this.#sim.disk.snapshot;
    const forgotten =
      facts['goal'] !== 'down' && this.#sim.plan.services.every(({ name }) => intents[name] !== 'stopped');
    const left = this.leaving && forgotten;
    this.leaving = false;
    if (!left) return;
    this.ending = null;
    this.#sim.invariants.asked(null);
    for (const { name } of this.#sim.plan.services) {
      this.#newest.set(name, (this.#asks += 1));
      this.#sim.invariants.wants.set(name, 'running');
    }
  }

  /** A `down` that the last daemon did not finish is asked for again. */
  daemonStarted(): void {
    if (this.ending !== null) this.#askDown(this.ending.now);
  }

  #askDown(now: boolean): void {
    const { invariants, plan } = this.#sim;
    invariants.asked(null);
    const all = plan.services.map((service) => service.name);
    this.ask(all, 'stopped', { type: 'down', now, reason: 'operator' });
  }

  /** The daemon says that everything is down: it ends, and nobody starts another before the operator does. */
  allDown(daemon: Daemon): void {
    const sim = this.#sim;
    if (this.ending === null) {
      sim.invariants.add('the daemon ends only when asked', 'all-down without down');
      return;
    }
    for (const process of sim.machine.processes.values()) {
      // What is left running on purpose, and what nobody can kill.
      if (mayBeLeft(sim, process) || process.leftOnPurpose || process.behaviour.unkillableFor > 0) continue;
      sim.invariants.add('down leaves nothing behind', `${process.instance} incarnation ${process.incarnation}`);
    }
    // The next daemon finds what was left, and cannot know better.
    disown(sim.machine);
    this.leaving = true;
    daemon.forgetIntent();
    void daemon.stop().then(() => {
      if (sim.daemon !== daemon) return;
      // That it ends says as much as an answer, which may come too late.
      this.confirmed += 1;
      // The operator begins again a moment later.
      sim.die(sim.random.between(500, 60_000));
    });
  }
}
