/** What one result after the other means for a check: rules that every sequence obeys, and the moments of the runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObservationStatus } from '@mainstay/protocol';
import fc from 'fast-check';
import {
  CHECK_EVENTS,
  CHECK_NAMES,
  checkTable,
  initialCheck,
  placeOf,
  statusOf,
  stepCheck,
  type CheckEvent,
  type CheckSettings,
  type CheckState,
} from '../../../src/core/check/index.ts';

const seed = process.env['SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['SEED']);
console.log(`check: SEED=${seed}`);

const SETTINGS: CheckSettings = { interval: 10_000, retries: 3, successes: 2, startPeriod: 0, startInterval: 1_000 };
const WALL = 1_767_225_600_000;

/** A check whose runs take `latency`; time passes as it asks for. */
class Play {
  now = 0;
  state: CheckState;
  due: number | null = null;
  readonly said: string[] = [];
  readonly runs: number[] = [];
  readonly settings: CheckSettings;
  readonly visited = new Set<string>();

  constructor(settings: Partial<CheckSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.state = initialCheck(this.at());
  }

  at(): { mono: number; wall: number } {
    return { mono: this.now, wall: WALL + this.now };
  }

  tell(event: CheckEvent): void {
    this.visited.add(`${this.state.name} × ${event.type}`);
    const moved = stepCheck(this.state, event, { settings: this.settings, now: this.at() });
    this.state = moved.state;
    for (const effect of moved.effects) {
      if (effect.type === 'run') {
        assert.equal(effect.run, this.state.run, 'the run that is asked for is the one that counts');
        assert.ok(effect.afterMs >= 0 && Number.isInteger(effect.afterMs));
        this.due = this.now + effect.afterMs;
      } else if (effect.type === 'cancel') this.due = null;
      else if (effect.type === 'state') this.said.push(`${effect.from} → ${effect.to}`);
      else this.said.push(effect.on ? 'flaps' : 'steady');
    }
  }

  /** The next run, and what it sees. */
  see(status: ObservationStatus, latency = 20): void {
    assert.ok(this.due !== null, 'nothing is due');
    this.now = this.due;
    this.runs.push(this.now);
    this.due = null;
    this.now += latency;
    this.tell({ type: 'observed', run: this.state.run, status, message: status });
  }

  all(...statuses: ObservationStatus[]): this {
    for (const status of statuses) this.see(status);
    return this;
  }
}

function began(settings: Partial<CheckSettings> = {}, phase = 0.25): Play {
  const play = new Play(settings);
  play.tell({ type: 'begin', phase });
  return play;
}

test('three failures in a row confirm a failure, two passes that it is over', () => {
  const play = began().all('pass', 'pass', 'fail', 'fail', 'pass', 'fail', 'fail');
  assert.deepEqual(play.said, ['pending → pass']);
  play.all('fail', 'pass', 'fail', 'pass', 'pass');
  assert.deepEqual(
    play.said.filter((one) => one !== 'flaps'),
    ['pending → pass', 'pass → fail', 'fail → pass'],
  );
});

test('an unknown is no failure and no pass, and is confirmed as itself', () => {
  const play = began().all('pass', 'pass', 'fail', 'unknown', 'fail', 'unknown', 'unknown', 'fail');
  assert.equal(play.state.name, 'fail', 'what lies between failures does not interrupt them');
  play.all('unknown', 'unknown', 'unknown');
  assert.equal(play.state.name, 'unknown');
  play.all('pass', 'pass');
  assert.equal(play.state.name, 'pass');
});

test('warnings and failures together are trouble; what is left of a failure may be a warning', () => {
  const play = began({ successes: 1 }).all('pass', 'warn', 'fail', 'warn');
  assert.equal(play.state.name, 'warn');
  play.all('fail', 'fail', 'fail', 'warn');
  assert.equal(play.state.name, 'warn');
});

test('a failure is dated back to the first result that was not good', () => {
  const play = began().all('pass', 'pass', 'fail');
  const first = play.at().wall;
  play.all('unknown', 'fail', 'fail');
  assert.equal(play.state.name, 'fail');
  assert.equal(play.state.firstTroubleAt?.wall, first);
});

test('failures in the start period do not count until the first pass, and come every start interval', () => {
  const play = began({ startPeriod: 60_000, retries: 1 }, 0).all('fail', 'fail', 'fail');
  assert.equal(play.state.name, 'pending');
  assert.deepEqual(play.runs, [0, 1_020, 2_040]);
  play.all('pass', 'pass', 'fail');
  assert.equal(play.state.name, 'fail');
});

test('after the start period failures count', () => {
  const play = began({ startPeriod: 5_000, retries: 2 });
  while (play.state.name === 'pending') play.see('fail');
  assert.equal(play.state.name, 'fail');
  assert.ok(play.now > 5_000 && play.now < 30_000);
});

test('time that nobody observed keeps what is confirmed, and lets counting begin anew', () => {
  const play = began().all('pass', 'pass', 'fail', 'fail');
  const { run } = play.state;
  play.now += 3_600_000;
  play.tell({ type: 'gap', phase: 0.5 });
  play.tell({ type: 'observed', run, status: 'fail', message: 'from before' });
  assert.equal(play.state.name, 'pass');
  play.all('fail', 'fail');
  assert.equal(play.state.name, 'pass');
  play.see('fail');
  assert.equal(play.state.name, 'fail');
});

test('while it is held nothing is due, and it begins from nothing', () => {
  const play = began().all('pass', 'pass', 'fail', 'fail');
  play.tell({ type: 'hold', reason: 'nginx is down' });
  assert.equal(play.due, null);
  assert.equal(statusOf(play.state.name), 'unknown');
  assert.equal(play.state.reason, 'nginx is down');
  play.tell({ type: 'begin', phase: 0.25 });
  play.all('fail', 'fail');
  assert.equal(play.state.name, 'pending');
  assert.deepEqual(play.said, ['pending → pass', 'pass → idle']);
});

test('runs stay at their place within the interval, however long they take', () => {
  const play = began({}, 0.25);
  for (let n = 0; n < 50; n += 1) play.see('pass', (n * 37) % 4_000);
  const [first = 0, ...others] = play.runs;
  assert.equal(first, 250);
  assert.deepEqual(
    others,
    others.map((_, n) => 12_500 + 10_000 * n),
  );
});

test('a run that outlasts its interval leaves one out, and never overlaps with the next', () => {
  const play = began({}, 0.25);
  play.see('pass');
  play.see('pass', 12_000);
  play.see('pass');
  assert.deepEqual(play.runs, [250, 12_500, 32_500]);
});

test('flapping begins and ends', () => {
  const play = began({ retries: 1, successes: 1 });
  for (let n = 0; n < 12; n += 1) play.see(n % 2 === 0 ? 'pass' : 'fail');
  assert.ok(play.said.includes('flaps'));
  assert.equal(play.state.flapping, true);
  for (let n = 0; n < 30; n += 1) play.see('pass');
  assert.equal(play.state.flapping, false);
  assert.equal(play.said.at(-1), 'steady');
});

test('another plan begins anew, and what is confirmed stays', () => {
  const play = began({ retries: 1, successes: 1 }).all('pass', 'fail', 'pass', 'fail', 'pass', 'fail');
  play.tell({ type: 'changed', phase: 0.25 });
  assert.equal(play.state.name, 'fail');
  assert.deepEqual([play.state.history, play.state.failures], ['', 0]);
});

test('names are spread over the interval, chance only moves them a little', () => {
  const places = Array.from({ length: 1_000 }, (_, n) => placeOf(`check-${n}`, 0));
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => places.filter((one) => Math.floor(one * 10) === tenth).length,
  );
  assert.ok(
    tenths.every((count) => count > 60 && count < 140),
    tenths.join(' '),
  );
  assert.equal(placeOf('disk', 0), placeOf('disk', 0));
  assert.ok(Math.abs(placeOf('disk', 0.99) - placeOf('disk', 0)) % 1 < 0.06);
});

const event = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<ObservationStatus>('pass', 'pass', 'warn', 'fail', 'fail', 'unknown') },
  { weight: 1, arbitrary: fc.constantFrom('begin' as const, 'hold' as const, 'gap' as const, 'changed' as const) },
);
const settings = fc.record({
  interval: fc.integer({ min: 2, max: 50_000 }),
  retries: fc.integer({ min: 1, max: 4 }),
  successes: fc.integer({ min: 1, max: 3 }),
  startPeriod: fc.constantFrom(0, 0, 20_000),
  startInterval: fc.integer({ min: 1, max: 2_000 }),
});

test('every sequence obeys the rules, and every cell is visited', () => {
  const visited = new Set<string>();
  fc.assert(
    fc.property(settings, fc.array(event, { maxLength: 80, size: 'max' }), (chosen, events) => {
      const play = new Play(chosen);
      /** Results that may count, since counting began anew. */
      let counted: ObservationStatus[] = [];
      for (const one of events) {
        const before = play.state;
        if (one === 'begin' || one === 'gap' || one === 'changed') play.tell({ type: one, phase: 0.3 });
        else if (one === 'hold') play.tell({ type: 'hold', reason: 'why' });
        else if (before.name === 'idle') play.tell({ type: 'observed', run: before.run, status: one, message: one });
        else play.see(one);
        const isResult = one !== 'begin' && one !== 'gap' && one !== 'changed' && one !== 'hold';
        if (!isResult) {
          if (!(one === 'begin' && before.name !== 'idle')) counted = [];
          const allowed = one === 'hold' ? 'idle' : one === 'begin' && before.name === 'idle' ? 'pending' : before.name;
          assert.equal(play.state.name, allowed);
        } else if (before.name !== 'idle') {
          counted.push(one);
          confirmedRightly(before, play.state, counted, chosen);
        }
        assert.equal(play.due === null, play.state.name === 'idle', 'what runs has a next run, what is held has none');
        assert.ok(play.state.run >= before.run);
      }
      for (const cell of play.visited) visited.add(cell);
    }),
    { seed, numRuns: 1_000, endOnFailure: true },
  );
  const cells = CHECK_NAMES.flatMap((name) => CHECK_EVENTS.map((type) => `${name} × ${type}`));
  assert.deepEqual([...visited].sort(), cells.sort());
});

/** A change is backed by as many results as it takes, and by no unknown one unless it is that. */
function confirmedRightly(
  before: CheckState,
  after: CheckState,
  counted: readonly ObservationStatus[],
  { retries, successes }: CheckSettings,
): void {
  if (after.name === before.name) return;
  if (after.name === 'unknown') {
    assert.ok(counted.slice(-retries).every((one) => one === 'unknown') && counted.length >= retries);
    return;
  }
  const known = counted.filter((one) => one !== 'unknown');
  assert.equal(after.name, known.at(-1), 'it becomes what was seen last');
  const last = (count: number, fits: (one: ObservationStatus) => boolean): boolean =>
    known.length >= count && known.slice(-count).every(fits);
  if (after.name === 'fail') assert.ok(last(retries, (one) => one === 'fail'));
  else if (after.name === 'warn' && before.name === 'pass') assert.ok(last(retries, (one) => one !== 'pass'));
  else if (before.name === 'warn') assert.ok(last(successes, (one) => one === 'pass'));
  else assert.ok(last(successes, (one) => one !== 'fail'));
}

test('the table is total', () => {
  for (const name of CHECK_NAMES) assert.deepEqual(Object.keys(checkTable[name]).sort(), [...CHECK_EVENTS].sort());
});
