/** The port contracts over the virtual hosts: what is proven in the simulator holds for the real ones. */
import assert from 'node:assert/strict';
import type { ServicePlan } from '../../src/core/plan/index.ts';
import type { LogEvent, ProcessEvent, SpawnSpec, Store } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimDisk } from '../../src/sim/disk.ts';
import { SimLogHost, SimPipes } from '../../src/sim/log-host.ts';
import { SimMachine, type Behaviour as Program } from '../../src/sim/machine.ts';
import { servicePlan } from '../../src/sim/plan.ts';
import { SimProcessHost } from '../../src/sim/process-host.ts';
import { SimStore } from '../../src/sim/store.ts';
import { describeClock } from '../../../../test/contracts/clock.ts';
import { describeLogHost, INSTANCE } from '../../../../test/contracts/log-host.ts';
import { describeProcessHost, type Behaviour } from '../../../../test/contracts/process-host.ts';
import { describeStore } from '../../../../test/contracts/store.ts';

const RUNS: Program = {
  readyAfter: 1,
  endsAfter: null,
  exit: { code: 0, signal: null, known: true },
  ignoresTerm: false,
  unkillableFor: 0,
  escapees: 0,
  escapeesIgnoreTerm: false,
  hangsAfter: null,
  growsAfter: null,
  stopsIn: 5,
};

const PROGRAMS: Record<Behaviour, Program> = {
  runs: RUNS,
  'ends with 0': { ...RUNS, endsAfter: 5 },
  'ends with 7': { ...RUNS, endsAfter: 5, exit: { code: 7, signal: null, known: true } },
  'dies of SIGSEGV': { ...RUNS, endsAfter: 5, exit: { code: null, signal: 'SIGSEGV', known: true } },
  'ignores SIGTERM': { ...RUNS, ignoresTerm: true },
  'has a child': { ...RUNS, escapees: 1 },
  'leaves a child': { ...RUNS, escapees: 1, endsAfter: 5 },
  'is missing': RUNS,
};

describeProcessHost('virtual', () => {
  const clock = new VirtualClock();
  const machine = new SimMachine(clock, ({ service }) => PROGRAMS[service.command[0] as Behaviour]);
  const makeHost = (): { host: SimProcessHost; events: ProcessEvent[] } => {
    const events: ProcessEvent[] = [];
    const host = new SimProcessHost(machine, {
      survives: () => true,
      alive: () => true,
      spawnFailure: ({ service }) =>
        service.command[0] === 'is missing'
          ? { reason: 'missing-program', message: 'cannot start it: there is no such program', hint: null }
          : null,
      spawnDelay: () => 2,
    });
    host.connect((event) => events.push(event));
    return { host, events };
  };
  const first = makeHost();
  let newest = first.host;
  const pass = (ms: number): void => {
    for (const until = clock.mono + ms; clock.step(until););
  };
  return {
    ...first,
    spec(behaviour, more = {}): SpawnSpec {
      const service: ServicePlan = servicePlan('app', { command: [behaviour] });
      return { instance: 'app/0', incarnation: 1, keepExit: false, ...more, service };
    },
    ready: async () => pass(2),
    until: async (what, condition) => {
      for (let n = 0; n < 10_000 && !condition(); n += 1) pass(1);
      assert.ok(condition(), `waited in vain: ${what}`);
    },
    pause: async () => pass(2_000),
    reborn() {
      newest.disconnect();
      const next = makeHost();
      newest = next.host;
      return next;
    },
    dispose: async () => {},
  };
});

describeStore('virtual', () => {
  const disk = new SimDisk();
  const clock = new VirtualClock();
  return {
    make(): Store {
      const store = new SimStore(disk, clock, {
        alive: () => true,
        latency: () => 1,
        told: () => {},
        survives: () => true,
      });
      const write = store.write.bind(store);
      // Time passes by itself.
      store.write = (batch) => {
        setImmediate(() => {
          while (clock.step(clock.mono + 1));
        });
        return write(batch);
      };
      return store;
    },
    dispose: async () => {},
  };
});

describeClock('virtual', () => {
  const virtual = new VirtualClock();
  return {
    clock: virtual.forDaemon(() => true),
    until: async (what, condition) => {
      for (let n = 0; n < 100_000 && !condition(); n += 1) virtual.step(virtual.mono + 1);
      assert.ok(condition(), `waited in vain: ${what}`);
    },
  };
});

describeLogHost('virtual', () => {
  const clock = new VirtualClock();
  const machine = new SimMachine(clock, ({ service }) => ({
    ...RUNS,
    readyAfter: service.watchdog === null ? 1 : null,
  }));
  const pipes = new SimPipes(machine);
  let lives = 0;
  const makeHost = (): { host: SimLogHost; events: LogEvent[] } => {
    const life = ++lives;
    const events: LogEvent[] = [];
    const host = new SimLogHost(machine, pipes, () => life === lives);
    host.connect((event) => events.push(event));
    return { host, events };
  };
  const pass = (ms: number): void => {
    for (const until = clock.mono + ms; clock.step(until););
  };
  const run = (incarnation: number, watchdog: number | null): void => {
    const service: ServicePlan = servicePlan('app', { command: ['runs'], watchdog });
    machine.start({ instance: INSTANCE, incarnation, keepExit: false, service });
  };
  return {
    ...makeHost(),
    open: (host) => void host.open(INSTANCE, 'app', servicePlan('app', {}).logging),
    start(incarnation, watchdog) {
      if (watchdog) run(incarnation, 1_000);
      return { becomesReady: () => run(incarnation, null) };
    },
    until: async (what, condition) => {
      for (let n = 0; n < 10_000 && !condition(); n += 1) pass(1);
      assert.ok(condition(), `waited in vain: ${what}`);
    },
    pause: async () => pass(2_000),
    die: () => void (lives += 1),
    reborn: async () => makeHost(),
    dispose: async () => {},
  };
});
