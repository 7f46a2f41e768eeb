/** From the decisions of the daemon to intervals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { STANDINGS, type JournalEvent, type StandingInterval, type Subject } from '@mainstay/protocol';
import type { Boot, CoordinatorEvent } from '../../../src/core/coordinator/index.ts';
import type { HealthcheckPlan, Plan } from '../../../src/core/plan/index.ts';
import { compactMoves, Observer, type Move } from '../../../src/core/uptime/index.ts';
import { Timeline } from '../../../src/core/uptime/timeline.ts';
import { checkPlan, planOf, servicePlan } from '../../../src/sim/index.ts';
import { Driven } from '../coordinator/driven.ts';

const SEED = process.env['SEED'] === undefined ? Date.now() : Number(process.env['SEED']);
const HEALTHCHECK: HealthcheckPlan = {
  kind: 'exec',
  target: ['true'],
  interval: 10_000,
  timeout: 1_000,
  retries: 3,
  successes: 2,
  startPeriod: 0,
  startInterval: 1_000,
  onFailure: 'alert',
} as unknown as HealthcheckPlan;

/** A coordinator that is watched, as the daemon's journal does it. Times in results are seconds since its beginning. */
class Watched {
  readonly driven: Driven;
  readonly timeline: Timeline;
  readonly #observer = new Observer();
  readonly #start: number;
  #seq = 0;

  constructor(plan: Plan, found: Partial<Boot> = {}, before = new Timeline(), alive: number | null = null) {
    this.timeline = before;
    this.driven = new Driven(plan, found);
    this.#start = this.driven.now.wall;
    const adopted = { type: 'record', event: { type: 'daemon.started', instance: null, data: {} } } as const;
    this.#hear([adopted as never, ...this.driven.booted], alive);
  }

  after(seconds: number, event?: CoordinatorEvent, setBy = 0): void {
    const { now } = this.driven;
    this.driven.now = { mono: now.mono + seconds * 1000, wall: now.wall + (seconds + setBy) * 1000 };
    if (event !== undefined) this.#hear(this.driven.tell(event), null);
  }

  end(instance: 'web/0' | 'db/0' | 'web/1', seconds = 0): void {
    this.after(seconds);
    this.#hear(this.driven.end(instance, 1), null);
  }

  /** Its pending timer rings: the delay before a restart, for one. */
  ring(instance: 'web/0' | 'db/0' | 'web/1', seconds: number): void {
    const seq = this.driven.coordinator.world.instances.get(instance)?.life.seq ?? 0;
    this.after(seconds, { type: 'timer', key: `life:${instance}:${seq}`, due: this.driven.now.mono });
  }

  probe(status: 'pass' | 'fail', seconds: number): void {
    const { health, life } = this.driven.coordinator.world.instances.get('web/0')!;
    const { incarnation } = life;
    this.after(seconds, {
      type: 'observed',
      instance: 'web/0',
      incarnation,
      run: health?.run ?? 0,
      status,
      message: status,
    });
  }

  check(status: 'pass' | 'fail' | 'warn' | 'unknown', seconds: number): void {
    const run = this.driven.coordinator.world.checks.get('disk')?.state.run ?? 0;
    this.after(seconds, { type: 'check-observed', check: 'disk', run, status, message: status, latencyMs: 1 });
  }

  /** `up 0–12`: of one subject. */
  stood(subject: Subject): string[] {
    const at = (moment: number | null): string => (moment === null ? '' : String((moment - this.#start) / 1000));
    return this.#of(subject).map(({ state, from, to }) => `${state} ${at(from)}–${at(to)}`);
  }

  last(subject: Subject): StandingInterval | undefined {
    return this.#of(subject).at(-1);
  }

  #of(subject: Subject): StandingInterval[] {
    const mine = this.timeline.intervals().filter((one) => one.subject === subject);
    return mine.sort((a, b) => a.from - b.from).filter(({ from, to }) => to === null || to > from);
  }

  #hear(effects: ReturnType<Driven['tell']>, alive: number | null): void {
    const at = this.driven.now.wall;
    for (const effect of effects) {
      if (effect.type === 'record')
        this.#observer.heard({ seq: (this.#seq += 1), at, ...effect.event } as JournalEvent);
      if (effect.type === 'checked') this.#observer.ran(effect.check, at);
    }
    for (const move of this.#observer.look(this.driven.coordinator.world)) this.timeline.apply(move, alive);
  }
}

test('a crash is down until it stands again, and its restart is counted', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  world.end('web/0', 10);
  world.ring('web/0', 1);
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'down 10–11', 'up 11–']);
  assert.equal(world.last('service:web')?.by_operator, false);
  assert.deepEqual(
    world.timeline.restarts().map(({ subject, count }) => ({ subject, count })),
    [{ subject: 'service:web', count: 1 }],
  );
});

test('an operator who restarts what is down ended the outage; a restart of what is up is planned', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  world.end('web/0', 10);
  world.after(5, { type: 'restart', services: ['web'], reason: 'asked for' });
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'down 10–15', 'up 15–']);
  assert.equal(world.last('service:web')?.by_operator, true);
  world.after(5, { type: 'restart', services: ['web'], reason: 'asked for' });
  assert.equal(
    world.stood('service:web').some((one) => one.startsWith('down 20')),
    false,
  );
  assert.deepEqual(world.timeline.restarts(), [], 'nobody but an operator restarted anything');
});

test('a healthcheck: down since the first of the failures, up since the first of the passes', () => {
  const world = new Watched(
    planOf([servicePlan('web', { healthcheck: HEALTHCHECK, ready: { by: 'healthcheck', timeout: 60_000 } })]),
  );
  assert.deepEqual(world.stood('service:web'), ['maintenance 0–']);
  world.probe('pass', 1);
  world.probe('pass', 1);
  assert.deepEqual(world.stood('service:web'), ['maintenance 0–1', 'up 1–']);
  for (const seconds of [8, 10, 10]) world.probe('fail', seconds);
  assert.deepEqual(world.stood('service:web'), ['maintenance 0–1', 'up 1–10', 'down 10–']);
  assert.equal(world.last('service:web')?.known_at, world.driven.now.wall);
  world.probe('pass', 10);
  assert.deepEqual(world.stood('service:web').slice(2), ['down 10–']);
  world.probe('pass', 10);
  assert.deepEqual(world.stood('service:web').slice(2), ['down 10–40', 'up 40–']);
});

test('maintenance is apart, and what is down when it ends is down from then on', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  const window = { id: 'w', services: ['web'], reason: 'disk', owner: 'me', source: 'operator' } as const;
  const from = world.driven.now.wall;
  world.after(10, { type: 'maintain', window: { ...window, from, until: from + 1e6 } });
  world.end('web/0', 5);
  world.after(5, { type: 'end-maintenance', id: 'w' });
  assert.deepEqual(world.stood('service:web').slice(0, 2), ['up 0–10', 'maintenance 10–20']);
  assert.match(world.stood('service:web')[2] ?? '', /^(down|up) 20–$/);
});

test('stopped by the operator is planned', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  world.after(10, { type: 'stop', services: ['web'], now: false, reason: 'asked for' });
  world.after(10, { type: 'start', services: ['web'], reason: 'asked for' });
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'maintenance 10–20', 'up 20–']);
});

test('some of several instances down is degraded', () => {
  const world = new Watched(planOf([servicePlan('web', { instances: 2 })]));
  world.end('web/0', 10);
  world.end('web/1', 10);
  world.ring('web/0', 1);
  world.ring('web/1', 1);
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'degraded 10–20', 'down 20–21', 'degraded 21–22', 'up 22–']);
});

test('what waits for something that is down is down too; for something that is only starting, it is being started', () => {
  const db = servicePlan('db', { ready: { by: 'notify', timeout: 60_000 } });
  const web = servicePlan('web', {
    dependsOn: [{ service: 'db', condition: 'service_healthy', required: true, restart: false }],
  });
  const world = new Watched(planOf([db, web]));
  assert.deepEqual(world.stood('service:web'), ['maintenance 0–']);
  world.end('db/0', 10);
  assert.deepEqual(world.stood('service:db'), ['maintenance 0–10', 'down 10–']);
  assert.deepEqual(world.stood('service:web'), ['maintenance 0–10', 'down 10–']);
});

test('time that nobody observed is in no interval', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  world.after(100, { type: 'gap', ms: 30_000 });
  assert.deepEqual(world.stood('service:web'), ['up 0–70', 'up 100–']);
});

test('a clock that is set leaves out what it jumped over, and tells the same time again from its new hand', () => {
  const world = new Watched(planOf([servicePlan('web')]));
  world.after(10, { type: 'clock-stepped', byMs: 3_600_000 }, 3_600);
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'up 3610–']);
  world.after(10, { type: 'clock-stepped', byMs: -3_600_000 }, -3_600);
  world.end('web/0', 10);
  assert.deepEqual(world.stood('service:web'), ['up 0–10', 'up 20–30', 'down 30–']);
});

test('a daemon that comes after another one claims nothing of the time between them', () => {
  const first = new Watched(planOf([servicePlan('web'), servicePlan('old')]));
  const start = first.driven.now.wall;
  // The first one's last sign of life came 40 s after its beginning; the second one begins at the same hand of the clock + 0.
  const timeline = new Timeline();
  for (const { subject, state, from, known_at: knownAt, cause } of first.timeline.intervals()) {
    timeline.apply({ type: 'begin', subject, state, from: from - 100_000, knownAt, cause, byOperator: false }, null);
  }
  const second = new Watched(planOf([servicePlan('web')]), {}, timeline, start - 60_000);
  assert.deepEqual(second.stood('service:web'), ['up -100–-60', 'up 0–']);
  assert.deepEqual(second.stood('service:old'), ['up -100–-60']);
});

test('without any sign of life nothing is claimed after the beginning of an interval', () => {
  const timeline = new Timeline();
  timeline.apply(
    { type: 'begin', subject: 'service:web', state: 'up', from: 5, knownAt: 5, cause: '', byOperator: false },
    null,
  );
  timeline.apply({ type: 'unseen', from: null }, null);
  assert.deepEqual(
    timeline.intervals().map(({ from, to }) => [from, to]),
    [[5, 5]],
  );
});

test('checks: dated back to the first result of each row, and silent until they have run', () => {
  const world = new Watched(
    planOf([servicePlan('web')], { checks: [checkPlan('disk', { retries: 2, successes: 2 })] }),
  );
  world.check('pass', 10);
  world.check('pass', 10);
  for (const seconds of [10, 10]) world.check('fail', seconds);
  for (const seconds of [10, 10]) world.check('pass', seconds);
  assert.deepEqual(world.stood('check:disk'), ['unknown 0–10', 'up 10–30', 'down 30–50', 'up 50–']);
  world.after(100, { type: 'gap', ms: 50_000 });
  world.check('pass', 5);
  assert.deepEqual(world.stood('check:disk').slice(3), ['up 50–110', 'unknown 160–165', 'up 165–']);
});

test('a check that goes from failing to a warning is degraded since its first good result', () => {
  const world = new Watched(
    planOf([servicePlan('web')], { checks: [checkPlan('disk', { retries: 1, successes: 2 })] }),
  );
  world.check('fail', 10);
  for (const seconds of [10, 10]) world.check('warn', seconds);
  assert.deepEqual(world.stood('check:disk'), ['unknown 0–10', 'down 10–20', 'degraded 20–']);
});

const moment = fc.nat(50);
const subject = fc.constantFrom<Subject>('service:a', 'service:b', 'check:c');
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('begin' as const),
      subject,
      state: fc.constantFrom(...STANDINGS),
      from: moment,
      knownAt: moment,
      cause: fc.constant('c'),
      byOperator: fc.boolean(),
    }),
    fc.record({ type: fc.constant('end' as const), subject, from: moment }),
    fc.record({ type: fc.constant('restart' as const), subject, at: moment }),
  ),
  { maxLength: 30 },
);

test('of moves that are too many to keep, everything that is still claimed is true', () => {
  const run = fc.property(moves, (given) => {
    // As an observer makes them: in the order of time.
    const sorted = given.map((move, at) => (move.type === 'begin' ? { ...move, from: at, knownAt: at } : move));
    const ordered = sorted.map((move, at) => (move.type === 'end' ? { ...move, from: at } : move));
    const [all, few] = [new Timeline(), new Timeline()];
    for (const move of ordered) all.apply(move, null);
    for (const move of compactMoves(ordered)) few.apply(move, null);
    const known = all.intervals().map((one) => JSON.stringify(one));
    for (const one of few.intervals()) assert.ok(known.includes(JSON.stringify(one)), 'nothing new is claimed');
    const open = (timeline: Timeline) => timeline.intervals().filter(({ to }) => to === null).length;
    assert.equal(open(few), open(all), 'how everything stands in the end is kept');
    assert.deepEqual(few.restarts().length, all.restarts().length);
  });
  fc.assert(run, { seed: SEED, numRuns: 300 });
});
