/** Monitors over virtual time: what they check, whom they tell, their disks and their network are the test's. */
import { alertsPlan, checkPlan } from './plans.ts';
import type { AlertMessage } from '../../src/core/alert/index.ts';
import { HISTORY_MAX_SIZE, type CheckPlan } from '../../src/core/plan/index.ts';
import type { MonitorPlan } from '../../src/core/plan/monitor.ts';
import { Monitor, parseSaved, type MonitorPorts } from '../../src/monitor/index.ts';
import type { Observation } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SeededRandom } from '../../src/sim/random.ts';

interface Node {
  plan: MonitorPlan;
  monitor: Monitor | null;
  /** What is on its disk. */
  stored: string | null;
  /** Lives so far: what an earlier one does arrives nowhere. */
  life: number;
  log: string[];
  beats: number;
}

/** A message that has arrived. */
export interface Arrived extends AlertMessage {
  from: string;
  wall: number;
}

export class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly nodes = new Map<string, Node>();
  readonly arrived: Arrived[] = [];
  /** What a target answers, by its name; absent: all is well. For one monitor alone: `ID name`. */
  readonly answers = new Map<string, Partial<Observation>>();
  /** Monitors without a network: they reach nothing and nobody. */
  readonly cutOff = new Set<string>();
  /** Disks that take nothing. */
  readonly fullDisks = new Set<string>();
  /** The receiver does not answer. */
  isDeaf = false;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
  }

  add(id: string, changes: Partial<Omit<MonitorPlan, 'plan'>> & { checks?: CheckPlan[] } = {}): void {
    const { checks = [checkPlan('site')], ...others } = changes;
    const plan: MonitorPlan = {
      id,
      plan: {
        version: 1,
        project: 'shop',
        file: '/srv/monitor.yaml',
        directory: '/srv',
        environment: null,
        observe: false,
        objective: null,
        history: { maxSize: HISTORY_MAX_SIZE },
        services: [],
        checks,
        restartBudget: { restarts: 1, window: 60_000 },
        dryRun: false,
        sampling: false,
        maintenance: [],
        alerts: alertsPlan(),
        api: null,
        processStatusFile: '',
      },
      interval: 300_000,
      recheck: 30_000,
      witnesses: [],
      peers: [],
      key: null,
      listen: null,
      heartbeat: null,
      ...others,
    };
    this.nodes.set(id, { plan, monitor: null, stored: null, life: 0, log: [], beats: 0 });
  }

  /** Monitors that know each other. */
  addGroup(ids: readonly string[], changes: Parameters<World['add']>[1] = {}): void {
    for (const id of ids) {
      const peers = ids.filter((other) => other !== id).map((other) => ({ id: other, url: other }));
      this.add(id, { ...changes, peers, key: 'k' });
    }
  }

  start(...ids: string[]): void {
    for (const id of ids.length === 0 ? this.nodes.keys() : ids) {
      const node = this.node(id);
      node.life += 1;
      const saved = node.stored === null ? null : parseSaved(node.stored);
      node.monitor = new Monitor(node.plan, this.#ports(id, node), saved);
      node.monitor.start();
    }
  }

  /** Nothing of it happens any more, from this moment on. */
  kill(id: string): void {
    const node = this.node(id);
    node.life += 1;
    node.monitor = null;
  }

  node(id: string): Node {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no monitor ${id}`);
    return node;
  }

  /** Lets time pass, thing by thing. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.mono + ms;
    do await drained();
    while (this.clock.step(until));
    await drained();
  }

  status(id: string, check = 'site'): string {
    return (
      this.node(id)
        .monitor?.state()
        .checks.find(({ name }) => name === check)?.state.name ?? 'none'
    );
  }

  /** `opened site`, in the order in which they arrived; with whom they came from. */
  told(): string[] {
    return this.arrived.map(
      ({ stage, alerts, from }) => `${from}: ${stage} ${alerts.map(({ subject }) => subject).join('+')}`,
    );
  }

  #ports(id: string, node: Node): MonitorPorts {
    const { life } = node;
    const isAlive = (): boolean => node.life === life;
    const never = new Promise<never>(() => undefined);
    const clock = this.clock.forDaemon(isAlive);
    const later = async <T>(ms: number, make: () => T): Promise<T> => {
      await new Promise<void>((resolve) => this.clock.at(ms, resolve));
      return isAlive() ? make() : never;
    };
    return {
      clock,
      random: this.random,
      environment: () => ({ values: {}, lookup: () => undefined, asUser: [] }),
      localTime: () => ({ day: 1, minute: 720 }),
      pid: 1,
      version: '0.0.0',
      log: { write: (line) => (isAlive() ? void node.log.push(line) : undefined) },
      history: { write: () => undefined },
      beat: () => later(5, () => ((node.beats += 1), null)),
      save: (text) =>
        later(this.random.between(1, 20), () => {
          if (this.fullDisks.has(id)) throw new Error('ENOSPC: no space left on device');
          node.stored = text;
        }),
      prober: {
        probe: (_kind, target) => later(this.random.between(1, 40), () => this.#observe(id, String(target['name']))),
      },
      messenger: {
        render: () => Promise.resolve([]),
        send: async (_kind, _target, message) => {
          await later(this.random.between(1, 50), () => undefined);
          if (this.isDeaf || this.cutOff.has(id)) return { result: 'retry', reason: 'nobody answers', afterMs: null };
          this.arrived.push({ ...message, from: id, wall: this.clock.wall });
          // Whoever dies here does not know that it has arrived.
          return later(this.random.between(1, 50), () => ({ result: 'delivered', remark: null }));
        },
      },
      ask: async ({ url, about }) => {
        await later(this.random.between(1, 200), () => undefined);
        const other = this.nodes.get(url)?.monitor ?? null;
        const ballots =
          other === null || this.cutOff.has(id) || this.cutOff.has(url) ? null : structuredClone(other.answer(about));
        await later(this.random.between(1, 200), () => undefined);
        return ballots === null ? { why: 'ECONNREFUSED' } : { ballots };
      },
    };
  }

  #observe(id: string, name: string): Observation {
    const answer = this.answers.get(`${id} ${name}`) ?? this.answers.get(name);
    const cut = this.cutOff.has(id) ? ({ status: 'fail', message: `${name}: connecting timed out` } as const) : {};
    return { status: 'pass', message: `${name}: 200`, latencyMs: 12, ...answer, ...cut };
  }
}

/** Every promise that can be settled now is settled: an immediate comes after all of them. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
