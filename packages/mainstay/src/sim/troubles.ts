import { OPERATOR } from './operator.ts';
import type { Simulation } from './simulation.ts';

/** A kind of fault, or of something an operator does in the middle of it. `false`: not possible just now. */
export interface Trouble {
  name: string;
  inject: (sim: Simulation) => boolean;
}

/** What goes wrong with programs, the daemon and the machine. */
const MACHINE: readonly Trouble[] = [
  {
    name: 'crash',
    inject: (sim) => {
      const leaders = [...sim.machine.processes.values()].filter((one) => one.leader);
      if (leaders.length === 0) return false;
      const exit = sim.random.pick([
        { code: 1, signal: null, known: true },
        { code: null, signal: 'SIGKILL', known: true },
        { code: null, signal: 'SIGSEGV', known: true },
        { code: 0, signal: null, known: true },
      ]);
      sim.machine.end(sim.random.pick(leaders), exit);
      return true;
    },
  },
  {
    name: 'hang',
    inject: (sim) => {
      const leaders = [...sim.machine.processes.values()].filter((one) => one.leader && !one.hanging);
      if (leaders.length === 0) return false;
      sim.random.pick(leaders).hanging = true;
      return true;
    },
  },
  {
    name: 'daemon killed',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die();
      return true;
    },
  },
  {
    name: 'daemon dies at an effect',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.fuse = sim.random.between(1, 25);
      return true;
    },
  },
  {
    name: 'daemon dies long',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die(sim.random.between(5_000, 60_000));
      return true;
    },
  },
  {
    name: 'reboot',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die();
      sim.machine.reboot();
      sim.invariants.forget();
      return true;
    },
  },
  {
    name: 'clock set',
    inject: (sim) => {
      const by = sim.random.pick([-3_600_000, 86_400_000, 5_000, -90_000]);
      sim.clock.setWall(by);
      // Where no daemon could notice it, nobody can tell what was meant.
      if (sim.daemon === null) sim.invariants.windows = [];
      // "For an hour" means an hour, whatever the clock says.
      sim.invariants.windows = sim.invariants.windows.map((one) => ({
        ...one,
        from: one.from + by,
        until: one.until + by,
      }));
      return true;
    },
  },
  {
    name: 'disk blocked',
    inject: (sim) => {
      sim.disk.blockedUntil = sim.clock.mono + sim.random.between(1_000, 60_000);
      return true;
    },
  },
  {
    name: 'store damaged',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die();
      sim.disk.corrupt(sim.plan);
      // The operator's stops were in it.
      for (const { name } of sim.plan.services) sim.invariants.wants.set(name, 'running');
      sim.invariants.windows = [];
      sim.invariants.asked(null);
      return true;
    },
  },
  {
    name: 'starts fail',
    inject: (sim) => {
      sim.spawnsFail = sim.random.pick([0, 0.3, 0.9]);
      return true;
    },
  },
];

export const TROUBLES: readonly Trouble[] = [...MACHINE, ...OPERATOR];
