/** What is done because of a check, one step after the other, in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RemedyStep } from '../../../src/core/plan/index.ts';
import {
  INITIAL_REMEDY,
  LONGEST_REST_MS,
  restoreRemedy,
  stepRemedy,
  type Hold,
  type RemedyContext,
  type RemedyEffect,
  type RemedyEvent,
  type RemedyState,
} from '../../../src/core/remedy/index.ts';
import { seeded } from '../../config/seed.ts';

const RESTART: RemedyStep = { do: 'restart', services: ['web'] };
const SIGNAL: RemedyStep = { do: 'signal', service: 'web', signal: 'SIGHUP' };
const RUN: RemedyStep = { do: 'run', command: ['repair'], user: null, workingDirectory: '/', timeout: 1_000 };
const CONFIRM_MS = 30_000;

class Case {
  state: RemedyState = INITIAL_REMEDY;
  now = 0;
  hold: Hold | null = null;
  settled = true;
  dryRun = false;
  readonly steps: RemedyContext['steps'];

  constructor(fail: RemedyStep[], warn: RemedyStep[] = []) {
    this.steps = { fail, warn };
  }

  tell(event: RemedyEvent): RemedyEffect[] {
    const { steps, dryRun, now } = this;
    const context = { steps, dryRun, now, confirmMs: CONFIRM_MS, hold: () => this.hold, settled: () => this.settled };
    const moved = stepRemedy(this.state, event, context);
    this.state = moved.state;
    return moved.effects;
  }

  /** What was done, by its name: `ask`, `act signal`. */
  does(event: RemedyEvent): string[] {
    return this.tell(event).map((effect) => (effect.type === 'act' ? `act ${effect.step.do}` : effect.type));
  }

  fails(): string[] {
    return this.does({ type: 'confirmed', level: 'fail' });
  }

  says(word: 'broken' | 'silent'): string[] {
    return this.does({ type: 'word', seq: this.state.seq, word });
  }

  done(): string[] {
    return this.does({ type: 'done', seq: this.state.seq });
  }
}

test('a restart needs the word of a second layer, or the failure twice', () => {
  const one = new Case([RESTART]);
  assert.deepEqual(one.fails(), ['ask']);
  assert.deepEqual(one.says('broken'), ['act restart']);
  const other = new Case([RESTART]);
  assert.deepEqual([other.fails(), other.says('silent')], [['ask'], ['doubt']]);
  assert.deepEqual([other.fails(), other.says('silent')], [['ask'], ['act restart']]);
});

test('what passes between two rows of failures begins anew', () => {
  const one = new Case([RESTART]);
  one.fails();
  one.says('silent');
  one.tell({ type: 'good' });
  assert.deepEqual([one.fails(), one.says('silent')], [['ask'], ['doubt']]);
  one.tell({ type: 'gap' });
  assert.deepEqual([one.fails(), one.says('silent')], [['ask'], ['doubt']]);
});

test('steps are tried in order, each until the failure is confirmed anew; then people are told', () => {
  const one = new Case([SIGNAL, RUN, RESTART]);
  assert.deepEqual([one.fails(), one.done()], [['act signal'], []]);
  assert.deepEqual([one.fails(), one.done()], [['act run'], []]);
  assert.equal(one.state.escalated, false);
  assert.deepEqual([one.fails(), one.says('broken'), one.done()], [['ask'], ['act restart'], []]);
  assert.deepEqual(one.fails(), ['exhausted', 'act signal']);
  assert.equal(one.state.escalated, true);
});

test('while what was restarted is still coming up, nothing else is tried', () => {
  const one = new Case([RESTART, RUN]);
  one.fails();
  one.says('broken');
  one.done();
  one.settled = false;
  assert.deepEqual(one.fails(), []);
  one.settled = true;
  assert.deepEqual(one.fails(), ['act run']);
});

test('rounds get rarer, up to one an hour, and are forgotten when all is well', () => {
  const one = new Case([SIGNAL]);
  const times: number[] = [];
  for (let n = 0; n < 2_000; n += 1) {
    if (one.fails().includes('act signal')) times.push(one.now);
    one.done();
    one.now += CONFIRM_MS;
  }
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  assert.deepEqual(pauses.slice(0, 4), [30_000, 60_000, 120_000, 240_000]);
  assert.ok(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0)));
  assert.ok(Math.max(...pauses) <= LONGEST_REST_MS + 2 * CONFIRM_MS);
  one.tell({ type: 'good' });
  assert.deepEqual(one.fails(), ['act signal']);
});

test('what may not be done is said once, and people are told where nobody else sees to it', () => {
  const one = new Case([RESTART]);
  one.hold = { reason: 'maintenance', tell: false };
  assert.deepEqual([one.fails(), one.fails()], [['held'], []]);
  assert.equal(one.state.escalated, false);
  one.hold = { reason: 'db, which web needs, is broken', tell: true };
  assert.deepEqual([one.fails(), one.state.escalated], [['held'], true]);
  one.hold = null;
  assert.deepEqual(one.fails(), ['ask']);
});

test('what comes to be held while the second layer is asked is not done', () => {
  const one = new Case([RESTART]);
  one.fails();
  one.hold = { reason: 'the operator stopped it', tell: false };
  assert.deepEqual(one.says('broken'), ['held']);
});

test('an operator who asks is not made to wait, and gets the next step each time', () => {
  const one = new Case([RESTART, RUN]);
  assert.deepEqual(one.does({ type: 'asked', level: 'fail' }), ['ask']);
  assert.deepEqual(one.says('silent'), ['act restart']);
  one.done();
  assert.deepEqual([one.does({ type: 'asked', level: 'fail' }), one.done()], [['act run'], []]);
  assert.deepEqual(one.does({ type: 'asked', level: 'fail' }), ['exhausted']);
  assert.equal(one.state.name, 'resting');
});

test('the end of an action that is not the newest, and a word too late, are not taken', () => {
  const one = new Case([RESTART, RUN]);
  one.fails();
  const { seq } = one.state;
  one.says('broken');
  assert.deepEqual(one.does({ type: 'done', seq }), []);
  assert.equal(one.state.name, 'acting');
  assert.deepEqual(one.does({ type: 'word', seq, word: 'broken' }), []);
});

test('a failure after a warning has its own steps', () => {
  const one = new Case([RESTART], [SIGNAL, RUN]);
  assert.deepEqual(one.does({ type: 'confirmed', level: 'warn' }), ['act signal']);
  one.done();
  assert.deepEqual(one.fails(), ['ask']);
});

test('in a dry run every step is only said, and people are told', () => {
  const one = new Case([RUN]);
  one.dryRun = true;
  const [effect] = one.tell({ type: 'confirmed', level: 'fail' });
  assert.ok(effect?.type === 'act' && effect.dry && one.state.escalated);
});

test('another daemon watches what this one did, asks anew, and keeps its pauses within one boot', () => {
  const { state } = new Case([RESTART]);
  assert.equal(restoreRemedy({ ...state, name: 'asking', sure: true }, true).name, 'idle');
  assert.equal(restoreRemedy({ ...state, name: 'acting' }, true).name, 'watching');
  const resting: RemedyState = { ...state, name: 'resting', rounds: 3, restUntil: 5_000 };
  assert.deepEqual(restoreRemedy(resting, true), resting);
  assert.deepEqual(restoreRemedy(resting, false), INITIAL_REMEDY);
  assert.deepEqual(restoreRemedy(undefined, true), INITIAL_REMEDY);
});

const events = fc.oneof(
  fc.constant<RemedyEvent>({ type: 'good' }),
  fc.constant<RemedyEvent>({ type: 'gap' }),
  fc.constantFrom<RemedyEvent>({ type: 'confirmed', level: 'fail' }, { type: 'confirmed', level: 'warn' }),
  fc.record({
    type: fc.constant('word' as const),
    seq: fc.nat(30),
    word: fc.constantFrom('broken' as const, 'silent' as const),
  }),
  fc.record({ type: fc.constant('done' as const), seq: fc.nat(30) }),
);

test('whatever happens: no action without a confirmation, none while one is under way, none that is held', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ event: events, held: fc.boolean(), pause: fc.nat(60_000) })), (moves) => {
      const one = new Case([RESTART, SIGNAL, RUN], [SIGNAL]);
      let confirmed = 0;
      let under = false;
      for (const { event, held, pause } of moves) {
        one.now += pause;
        one.hold = held ? { reason: 'maintenance', tell: false } : null;
        if (event.type === 'good' || event.type === 'gap') confirmed = under && event.type === 'gap' ? confirmed : 0;
        if (event.type === 'confirmed') confirmed += 1;
        if (event.type === 'good' || (event.type === 'done' && event.seq === one.state.seq)) under = false;
        const acted = one.tell(event).filter(({ type }) => type === 'act');
        assert.ok(acted.length <= 1);
        if (acted.length === 0) continue;
        assert.ok(!held, 'what is held is not done');
        assert.ok(!under, 'one action at a time');
        assert.ok(confirmed > 0, 'nothing is done about what is not confirmed');
        confirmed = 0;
        under = true;
      }
    }),
    { ...seeded('remedies'), numRuns: 500 },
  );
});
