/** Any events in any order: an answer to each, one timer at most, and numbers that only grow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newLife, restoreLife, stepLife, type Life, type LifeEvent } from '../../../src/core/life/index.ts';
import { contextOf, EVENTS, NOW, STATES } from './cells.ts';

const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`life: SEED=${SEED}`);
const events = fc.array(fc.tuple(fc.constantFrom(...Object.values(EVENTS)), fc.nat(100_000)), { maxLength: 60 });

/** The event as it would be told of this life: of its newest incarnation and timer. */
function about(event: LifeEvent, life: Life): LifeEvent {
  if ('incarnation' in event) return { ...event, incarnation: life.incarnation };
  return event.type === 'timer' ? { type: 'timer', seq: life.timer?.seq ?? -1 } : event;
}

test('any sequence of events', () => {
  fc.assert(
    fc.property(events, (told) => {
      let life = newLife(NOW);
      let { mono } = NOW;
      const armed = new Set<number>();
      for (const [event, later] of told) {
        mono += later;
        const before = life;
        const context = { ...contextOf(), now: { mono, wall: mono } };
        const step = stepLife(life, about(event, life), context);
        if (event.type === 'timer') armed.delete(life.timer?.seq ?? -1);
        life = step.state;
        for (const effect of step.effects) {
          if (effect.type === 'arm') armed.add(effect.seq);
          if (effect.type === 'disarm') armed.delete(effect.seq);
          if (effect.type === 'spawn') assert.equal(effect.incarnation, before.incarnation + 1);
        }
        assert.ok(life.incarnation >= before.incarnation && life.seq >= before.seq);
        assert.deepEqual([...armed], life.timer === null ? [] : [life.timer.seq], 'the timer that is known is the one');
        assert.deepEqual(JSON.parse(JSON.stringify(life)), life, 'it can be stored');
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

const leader = { incarnation: 3, identity: { bootId: 'boot', pid: 42, startTime: '7' } };
const exit = { incarnation: 3, exit: { code: 1, signal: null, known: true } };

for (const [name, stored] of Object.entries(STATES)) {
  test(`restored from ${name}: what lives is followed, what ended is accounted for`, () => {
    const seen = { leader: null, exit: null, sameBoot: true };
    const alive = restoreLife(stored, { ...seen, leader }, contextOf()).state;
    assert.deepEqual([alive.identity, alive.incarnation, alive.adopted], [leader.identity, 3, true]);
    const ending = stored.phase === 'stopping' || stored.phase === 'unkillable';
    assert.equal(alive.phase === 'stopping', ending, 'what was being stopped is stopped, nothing else');

    const ended = restoreLife(stored, { ...seen, exit }, contextOf()).state;
    assert.ok(!['starting', 'running', 'ready', 'stopping', 'unkillable'].includes(ended.phase), ended.phase);
    const newer = restoreLife(stored, { ...seen, exit: { ...exit, incarnation: 4 } }, contextOf()).state;
    assert.equal(newer.incarnation, 4, 'its number is not given again');

    const rebooted = restoreLife(stored, { ...seen, sameBoot: false }, contextOf()).state;
    assert.deepEqual([rebooted.phase, rebooted.incarnation], ['stopped', 3], 'another boot begins afresh');
  });
}

test('a trial that a dead daemon began is a trial', () => {
  const stored = STATES['cooldown'];
  assert.ok(stored !== undefined);
  const lives = restoreLife(
    stored,
    { leader: { ...leader, incarnation: 4 }, exit: null, sameBoot: true },
    contextOf(),
  ).state;
  assert.equal(lives.restart.name, 'trial');
  const died = restoreLife(stored, { leader: null, exit: { ...exit, incarnation: 4 }, sameBoot: true }, contextOf());
  assert.equal(died.state.phase, 'cooldown');
});

test('a readiness timer that rings late is given another period', () => {
  const running = STATES['running'];
  assert.ok(running !== undefined);
  const late = { ...contextOf(), now: { mono: NOW.mono + 5_000, wall: NOW.wall } };
  const { state } = stepLife(running, { type: 'timer', seq: 5 }, late);
  assert.deepEqual([state.phase, state.timer?.due], ['running', late.now.mono + 5_000]);
});

test('an adopted process may have said that it is ready; its healthcheck says so again', () => {
  const adopted = STATES['running, adopted'];
  assert.ok(adopted !== undefined);
  const ring: LifeEvent = { type: 'timer', seq: 5 };
  assert.equal(stepLife(adopted, ring, contextOf()).state.phase, 'ready');
  const checked = contextOf({ ready: { by: 'healthcheck', timeout: 5_000 } });
  assert.equal(stepLife(adopted, ring, checked).state.phase, 'stopping');
});

test('a kill whose timer rings late is given again, and as long', () => {
  const killed = STATES['stopping, kill'];
  assert.ok(killed !== undefined);
  const late = { ...contextOf(), now: { mono: NOW.mono + 39_000, wall: NOW.wall } };
  const { state, effects } = stepLife(killed, { type: 'timer', seq: 5 }, late);
  assert.deepEqual([state.phase, state.timer?.purpose], ['stopping', 'kill']);
  assert.ok(effects.some((one) => one.type === 'kill'));
  assert.equal(stepLife(killed, { type: 'timer', seq: 5 }, contextOf()).state.phase, 'unkillable');
});
