import { splitInstanceId, type InstanceId } from '@mainstay/protocol';
import type { ServicePlan } from '../core/plan/index.ts';
import { PROVEN_MS, type Roll } from '../core/rolling/index.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { MachineWatcher, SimProcess } from './machine.ts';
import type { Simulation } from './simulation.ts';

/** A program of this name, as first argument, never stands. */
export const BAD = 'bad';

export const isBad = ({ command }: ServicePlan): boolean => command.includes(BAD);

/** The plan of a service, with another version of its program. */
export function anotherVersion(sim: Simulation, service: ServicePlan): ServicePlan {
  if (sim.random.chance(0.2)) return service;
  // Of what is stopped the plan is taken over unseen.
  const seen = sim.daemon?.coordinator.world.services.get(service.name)?.desired === 'running';
  // What something else runs has no other version that a plan could name.
  const bad = seen && service.foreign === null && sim.random.chance(0.4) ? [BAD] : [];
  return { ...service, command: [service.name, String(sim.faults), ...bad] };
}

/** What must hold of rolling reloads: one instance down at a time, an end, and one plan in the end. */
export class Rolls implements MachineWatcher {
  /** Services that were reloaded, and whose plan was changed in no other way since. */
  readonly #reloaded = new Set<string>();
  /** Instances that a reload took down, with the incarnation that it ended, and its number. */
  readonly #down = new Map<InstanceId, { since: number; seq: number; wasBack: boolean }>();
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  asked(services: readonly string[]): void {
    for (const name of services) this.#reloaded.add(name);
  }

  /** Another plan was given, or what was stored is gone: who runs what is not the reload's doing alone any more. */
  doubt(): void {
    this.#reloaded.clear();
  }

  started(): void {
    // Whether it is back is looked at when the next one is taken down.
  }

  /** One that was back and ended is down for another reason than the reload. */
  ended(process: SimProcess): void {
    const taken = this.#down.get(process.instance);
    if (!process.leader || taken === undefined || process.incarnation <= taken.since) return;
    if (this.#isReady(process, PROVEN_MS)) taken.wasBack = true;
  }

  /** A daemon began: what it does because of a reload was asked for, whenever that was. */
  watch({ coordinator }: Daemon): void {
    this.#sim.machine.watchers.add(this);
    const handle = coordinator.handle.bind(coordinator);
    const { rolls } = coordinator.world;
    coordinator.handle = (event, now) => {
      const before = [...rolls.values()];
      const effects = handle(event, now);
      for (const { service } of [...before, ...rolls.values()]) {
        this.#sim.invariants.asked(service);
        for (const follower of coordinator.graph.dependents(service)) this.#sim.invariants.asked(follower);
      }
      // What a reload ended with is the plan now.
      if (before.some(({ service }) => !rolls.has(service))) this.#sim.plan = coordinator.world.plan;
      for (const id of this.#down.keys()) if (!rolls.has(splitInstanceId(id).service)) this.#down.delete(id);
      for (const [service, roll] of rolls) this.#taken(service, roll);
      return effects;
    };
  }

  /** A reload takes the next instance down: every other one that it took down must be back. */
  #taken(service: string, { current, fallen, seq }: Roll): void {
    if (current === null) return;
    const id: InstanceId = `${service}/${current.index}`;
    const known = this.#down.get(id);
    if (known?.seq === seq && known.since === current.since) return;
    const up = this.#leaders(id).some((one) => !one.ending && this.#isReady(one));
    for (const [other, taken] of up ? this.#down : []) {
      const { service: name, index } = splitInstanceId(other);
      if (other === id || name !== service || taken.seq !== seq || taken.wasBack || fallen.includes(index)) continue;
      if (!this.#isBack(other, taken.since))
        this.#sim.invariants.add('one instance is down at a time', `${id} while ${other} is`);
    }
    this.#down.set(id, { since: current.since, seq, wasBack: false });
  }

  #leaders(instance: InstanceId): SimProcess[] {
    return [...this.#sim.machine.processes.values()].filter((one) => one.instance === instance && one.leader);
  }

  /** It lives again, and is ready. */
  #isBack(instance: InstanceId, since: number): boolean {
    const leaders = this.#leaders(instance);
    // The daemon died before it could take it down.
    if (leaders.some((one) => one.incarnation <= since && !one.ending)) return true;
    const newest = leaders.find((one) => one.incarnation > since);
    if (newest === undefined) return this.#sim.daemon?.coordinator.world.instances.has(instance) === false;
    // What it said while no daemon was there is lost: it is believed after a while.
    if (this.#sim.daemon?.coordinator.world.instances.get(newest.instance)?.life.adopted === true) return true;
    return this.#isReady(newest);
  }

  /** @param provenMs how long it must have lived when nothing but its start makes it ready */
  #isReady({ instance, behaviour: { readyAfter }, startedAt }: SimProcess, provenMs = 0): boolean {
    const plan = this.#sim.service(splitInstanceId(instance).service);
    const lived = this.#sim.clock.mono - startedAt;
    if (plan === undefined || plan.ready.by === 'start') return lived >= provenMs;
    return readyAfter !== null && lived >= readyAfter;
  }

  /** In the end: no reload is under way, and what was reloaded runs the plan that is kept. */
  checkEnd(): void {
    const { daemon, machine, invariants, disk } = this.#sim;
    if (daemon === null) return;
    const { world } = daemon.coordinator;
    for (const [service, { name }] of world.rolls) invariants.add('every reload ends', `${service} is ${name}`);
    for (const name of this.#reloaded) {
      const kept = disk.snapshot.plan?.services.find((one) => one.name === name);
      // What runs there is not ours to choose.
      if (kept === undefined || kept.foreign !== null || world.rolls.has(name)) continue;
      for (const one of machine.processes.values()) {
        if (this.#runsOther(one, name, kept))
          invariants.add('all instances run the plan that is kept', `${one.instance} runs ${one.command.join(' ')}`);
      }
    }
  }

  #runsOther(process: SimProcess, service: string, kept: ServicePlan): boolean {
    if (!process.leader || splitInstanceId(process.instance).service !== service) return false;
    return JSON.stringify(process.command) !== JSON.stringify(kept.command);
  }
}
