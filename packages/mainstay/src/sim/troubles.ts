import { COMMANDS } from './commands.ts';
import { disown } from './foreign.ts';
import { EFFECT_KINDS } from './deaths.ts';
import type { SimProcess } from './machine.ts';
import type { Simulation } from './simulation.ts';

/** A kind of fault, or of something an operator does in the middle of it. */
export interface Trouble {
  name: string;
  /** `daemon`: ends or stops the daemon; what it should come to is the same without. */
  by: 'program' | 'daemon' | 'machine' | 'operator';
  /** `false`: not possible just now. */
  inject: (sim: Simulation) => boolean;
}

/** Something happens to one leader. */
const toLeader =
  (run: (process: SimProcess, sim: Simulation) => void) =>
  (sim: Simulation): boolean => {
    const leaders = [...sim.machine.processes.values()].filter((one) => one.leader);
    if (leaders.length === 0) return false;
    run(sim.random.pick(leaders), sim);
    return true;
  };

const PROGRAMS: readonly Trouble[] = [
  {
    name: 'crash',
    by: 'program',
    inject: toLeader((leader, sim) => {
      const exit = sim.random.pick([
        { code: 1, signal: null, known: true },
        { code: null, signal: 'SIGKILL', known: true },
        { code: null, signal: 'SIGSEGV', known: true },
        { code: 0, signal: null, known: true },
      ]);
      sim.machine.end(leader, exit);
    }),
  },
  {
    name: 'hang',
    by: 'program',
    inject: toLeader((leader) => {
      leader.hanging = true;
    }),
  },
  {
    name: 'ails',
    by: 'program',
    inject: toLeader((leader) => {
      leader.ailing = !leader.ailing;
    }),
  },
  { name: 'fork', by: 'program', inject: toLeader((leader, sim) => sim.machine.fork(leader)) },
  {
    name: 'starts fail',
    by: 'program',
    inject: (sim) => {
      sim.spawnsFail = sim.random.pick([0, 0.3, 0.9]);
      sim.invariants.deadlines.disturbed();
      return true;
    },
  },
  {
    name: 'starts are slow',
    by: 'program',
    inject: (sim) => {
      sim.spawnTakes = sim.random.pick([5, 5, 2_000]);
      return true;
    },
  },
];

/** Something happens to the daemon, if there is one. */
const toDaemon = (name: string, run: (sim: Simulation) => void): Trouble => ({
  name,
  by: 'daemon',
  inject: (sim) => {
    if (sim.daemon === null) return false;
    run(sim);
    return true;
  },
});

const DAEMON: readonly Trouble[] = [
  toDaemon('daemon killed', (sim) => sim.die()),
  toDaemon('daemon dies long', (sim) => sim.die(sim.random.between(5_000, 60_000))),
  toDaemon('daemon dies at an effect', (sim) => {
    sim.deaths.after(sim.random.between(1, 60));
  }),
  toDaemon('daemon dies at an effect of a kind', (sim) => {
    sim.deaths.afterKind(sim.random.pick(EFFECT_KINDS));
  }),
  toDaemon('daemon stands still', (sim) => sim.freeze(sim.random.between(1_000, 90_000))),
];

const MACHINE: readonly Trouble[] = [
  {
    name: 'reboot',
    by: 'machine',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die();
      sim.reboot();
      return true;
    },
  },
  {
    name: 'power cut',
    by: 'machine',
    inject: (sim) => {
      if (sim.daemon === null) return false;
      sim.die();
      sim.disk.powerCut();
      sim.reboot();
      return true;
    },
  },
  {
    name: 'clock set',
    by: 'machine',
    inject: (sim) => {
      const by = sim.random.pick([-3_600_000, 86_400_000, 5_000, -90_000]);
      sim.clock.setWall(by);
      // Where no daemon could notice it, nobody can tell what was meant.
      if (sim.daemon === null) sim.windows.doubt();
      else sim.windows.clockSet(by, sim.clock.mono);
      return true;
    },
  },
  {
    name: 'disk full',
    by: 'machine',
    inject: (sim) => {
      sim.blockDisk(sim.random.between(1_000, 60_000), 'no space left on device');
      return true;
    },
  },
  {
    name: 'disk stands still',
    by: 'machine',
    inject: (sim) => {
      sim.blockDisk(sim.random.between(1_000, 60_000), null);
      return true;
    },
  },
  {
    name: 'store damaged',
    by: 'machine',
    inject: (sim) => {
      if (sim.daemon === null || sim.operator.ending !== null) return false;
      sim.die();
      sim.disk.corrupt(sim.plan);
      disown(sim.machine);
      sim.rolls.doubt();
      // The operator's stops were in it.
      for (const { name } of sim.plan.services) sim.invariants.wants.set(name, 'running');
      sim.windows.forget();
      sim.invariants.asked(null);
      return true;
    },
  },
];

export const TROUBLES: readonly Trouble[] = [...PROGRAMS, ...DAEMON, ...MACHINE, ...COMMANDS];
