import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { PHASES } from '@mainstay/protocol';
import { lifeTable, stepLife, type LifeEvent, type LifeTable } from '../../../src/core/life/index.ts';
import { ignore, impossible } from '../../../src/core/machine/index.ts';
import { allCells, contextOf, EVENTS, outcome, STATES } from './cells.ts';

const GOLDEN = new URL('../../../../../test/golden/life-cells.txt', import.meta.url);

test('every cell of the life table does what the reviewed list says', () => {
  const lines = allCells();
  if (process.env['UPDATE'] === '1') writeFileSync(GOLDEN, `${lines.join('\n')}\n`);
  assert.deepEqual(lines, readFileSync(GOLDEN, 'utf8').trimEnd().split('\n'));
});

test('the list visits every phase and every event', () => {
  assert.deepEqual(new Set(Object.values(STATES).map((life) => life.phase)), new Set(PHASES));
  const types = new Set(Object.values(EVENTS).map((event) => event.type));
  assert.deepEqual(types, new Set(Object.keys(lifeTable.ready)));
});

/** In these no timer is armed: one that rings is turned away before the table is asked. */
const TIMERLESS = new Set(['stopped', 'waiting', 'starting', 'ready', 'fatal', 'unkillable', 'completed']);

test('a mutant of any cell is noticed by the list', () => {
  const good = allCells();
  const survivors: string[] = [];
  for (const phase of PHASES) {
    for (const type of Object.keys(lifeTable[phase]) as LifeEvent['type'][]) {
      if (type === 'timer' && TIMERLESS.has(phase)) continue;
      const cell = lifeTable[phase][type];
      const wrong =
        typeof cell === 'function' ? ignore('mutant') : 'ignore' in cell ? impossible('mutant') : ignore('mutant');
      const mutant: LifeTable = { ...lifeTable, [phase]: { ...lifeTable[phase], [type]: wrong } };
      if (allCells(mutant).every((line, at) => line === good[at])) survivors.push(`${phase} × ${type}`);
    }
  }
  assert.deepEqual(survivors, []);
});

test('an event about another incarnation is rejected in every phase', () => {
  for (const state of Object.values(STATES)) {
    for (const event of Object.values(EVENTS)) {
      if (!('incarnation' in event)) continue;
      for (const incarnation of [event.incarnation - 1, event.incarnation + 1]) {
        assert.equal(
          outcome(state, { ...event, incarnation }, contextOf()),
          'rejected',
          `${state.phase} ${event.type}`,
        );
      }
    }
  }
});

test('kill modes decide who is signalled', () => {
  const ready = STATES['ready'];
  assert.ok(ready !== undefined);
  const stop: LifeEvent = { type: 'stop', now: false, reason: 'x' };
  assert.match(outcome(ready, stop, contextOf({ killMode: 'mixed' })), /SIGTERM to leader/);
  assert.match(outcome(ready, stop, contextOf({ killMode: 'process' })), /SIGTERM to leader/);
  assert.match(outcome(ready, stop, contextOf({ stopSignal: 'SIGQUIT' })), /SIGQUIT to tree/);
  assert.match(outcome(ready, stop, contextOf({ stopGracePeriod: 0 })), /arm kill, kill/);
  const left = EVENTS['exited 1, 2 left'];
  const stopping = STATES['stopping, grace'];
  assert.ok(left !== undefined && stopping !== undefined);
  assert.equal(outcome(stopping, left, contextOf({ killMode: 'mixed' })), 'same: arm kill, kill');
  assert.equal(outcome(stopping, left, contextOf({ killMode: 'process' })), 'stopped: over');
  assert.match(outcome(ready, left, contextOf({ killMode: 'process' })), /^backoff: over, failed/);
  // Nobody is left to be asked: the rest is not waited for.
  assert.match(outcome(ready, left, contextOf({ killMode: 'mixed' })), /arm kill, kill/);
});

test('during maintenance nothing is restarted or ended for hanging', () => {
  const context = contextOf({}, 'maintenance');
  for (const name of ['running', 'ready']) {
    const state = STATES[name];
    assert.ok(state !== undefined);
    assert.equal(outcome(state, EVENTS['hung'] as LifeEvent, context), '-');
    assert.equal(outcome(state, EVENTS['exited 0'] as LifeEvent, context), 'waiting (unasked): over, failed');
  }
  const running = STATES['running'];
  assert.ok(running !== undefined);
  assert.equal(stepLife(running, EVENTS['timer'] as LifeEvent, context).state.phase, 'ready');
});
