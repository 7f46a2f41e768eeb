import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffBounds, backoffDelay } from '@mainstay/sdk/policy';
import { ignore, impossible } from '../../../src/core/machine/index.ts';
import {
  INITIAL_RESTART,
  restartTable,
  stepRestart,
  type RestartContext,
  type RestartEvent,
  type RestartName,
  type RestartState,
  type RestartTable,
} from '../../../src/core/restart/index.ts';
import { servicePlan } from '../../../src/sim/plan.ts';

const POLICY = {
  ...servicePlan('s').restartPolicy,
  maxAttempts: 3,
  window: 60_000,
  resetAfter: 10_000,
  cooldown: 30_000,
  jitter: 0,
};
const at = (now: number): RestartContext => ({ policy: POLICY, now, random: 0.5 });
const state = (name: RestartName, given: Partial<RestartState> = {}): RestartState => ({
  ...INITIAL_RESTART,
  name,
  ...given,
});
const full = { attempts: [1, 2, 3], streak: 3, restarts: 3 };

/** Every cell, with the states that tell its branches apart. */
const CELLS: [string, RestartState, RestartEvent, string][] = [
  ['first failure', state('closed'), { type: 'failed', uptime: 0 }, 'counting streak 1 of 1: retry 500'],
  ['cooled when closed', state('closed'), { type: 'cooled' }, 'closed streak 0 of 0'],
  ['reset when closed', state('closed'), { type: 'reset' }, 'closed streak 0 of 0'],
  [
    'second failure',
    state('counting', { attempts: [1], streak: 1 }),
    { type: 'failed', uptime: 0 },
    'counting streak 2 of 2: retry 1000',
  ],
  [
    'after a stable life',
    state('counting', full),
    { type: 'failed', uptime: 10_000 },
    'counting streak 1 of 1: retry 500',
  ],
  ['one too many', state('counting', full), { type: 'failed', uptime: 0 }, 'open streak 4 of 3: give-up 30000'],
  ['cooled while counting', state('counting', full), { type: 'cooled' }, 'counting streak 3 of 3'],
  ['reset while counting', state('counting', full), { type: 'reset' }, 'closed streak 0 of 0'],
  ['failed while open', state('open', full), { type: 'failed', uptime: 0 }, 'open streak 3 of 3'],
  ['cooled', state('open', full), { type: 'cooled' }, 'trial streak 3 of 3'],
  ['reset when open', state('open', full), { type: 'reset' }, 'closed streak 0 of 0'],
  ['trial failed', state('trial', full), { type: 'failed', uptime: 0 }, 'open streak 3 of 3: give-up 30000'],
  ['trial was stable', state('trial', full), { type: 'failed', uptime: 10_000 }, 'counting streak 1 of 1: retry 500'],
  ['cooled in a trial', state('trial', full), { type: 'cooled' }, 'trial streak 3 of 3'],
  ['reset in a trial', state('trial', full), { type: 'reset' }, 'closed streak 0 of 0'],
];

function told(from: RestartState, event: RestartEvent, table?: RestartTable): string {
  const { state: to, effects } = stepRestart(from, event, at(1_000), table);
  const said = effects.map((one) => `: ${one.type} ${one.afterMs}`).join('');
  return `${to.name} streak ${to.streak} of ${to.attempts.length}${said}`;
}

for (const [what, from, event, expected] of CELLS) {
  test(`restart: ${what}`, () => assert.equal(told(from, event), expected));
}

test('a mutant of any cell that does something is noticed', () => {
  for (const name of Object.keys(restartTable) as RestartName[]) {
    for (const type of Object.keys(restartTable[name]) as RestartEvent['type'][]) {
      if (typeof restartTable[name][type] !== 'function') continue;
      const mutant: RestartTable = { ...restartTable, [name]: { ...restartTable[name], [type]: ignore('mutant') } };
      const noticed = CELLS.some(([, from, event, expected]) => told(from, event, mutant) !== expected);
      // A reset of what is reset already cannot be told from nothing.
      assert.equal(noticed, !(name === 'closed' && type === 'reset'), `${name} × ${type}`);
    }
  }
});

test('what cannot come is impossible', () => {
  assert.deepEqual(restartTable.open.failed, impossible('nothing runs after giving up'));
  assert.deepEqual(restartTable.trial.cooled, impossible('one trial at a time'));
  assert.ok('impossible' in restartTable.closed.cooled && 'impossible' in restartTable.counting.cooled);
});

const policies = fc.record({
  delay: fc.nat(5_000),
  factor: fc.double({ min: 1, max: 4, noNaN: true }),
  maxDelay: fc.nat(60_000),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('a delay is within its bounds and never beyond the cap and its jitter', () => {
  fc.assert(
    fc.property(
      policies,
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (policy, n, random) => {
        const delay = backoffDelay(policy, n, random);
        const { min, max } = backoffBounds(policy, n);
        assert.ok(delay >= min && delay <= max, `${min} <= ${delay} <= ${max}`);
        assert.ok(delay <= Math.ceil(policy.maxDelay * (1 + policy.jitter)) && delay >= 0);
      },
    ),
  );
});

test('the documented sequence: 30, 60, 120, 240, 300, 300 … s', () => {
  const policy = { delay: 30_000, factor: 2, maxDelay: 300_000, jitter: 0 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((n) => backoffDelay(policy, n, 0.5) / 1_000),
    [30, 60, 120, 240, 300, 300],
  );
});

test('over any history: never more restarts in a window than allowed, and one trial per cooldown', () => {
  const history = fc.array(fc.record({ after: fc.nat(20_000), uptime: fc.nat(15_000) }), { maxLength: 80 });
  fc.assert(
    fc.property(history, (failures) => {
      let restart = INITIAL_RESTART;
      let now = 0;
      const restarts: number[] = [];
      const trials: number[] = [];
      for (const { after, uptime } of failures) {
        now += after + uptime;
        const step = stepRestart(restart, { type: 'failed', uptime }, at(now));
        restart = step.state;
        const [decision] = step.effects;
        assert.ok(decision !== undefined);
        if (decision.type === 'retry') {
          if (uptime >= POLICY.resetAfter) restarts.length = 0;
          restarts.push(now);
          now += decision.afterMs;
          assert.ok(restarts.filter((one) => now - one < POLICY.window).length <= POLICY.maxAttempts);
        } else {
          now += decision.afterMs ?? 0;
          restart = stepRestart(restart, { type: 'cooled' }, at(now)).state;
          assert.equal(restart.name, 'trial');
          assert.ok(now - (trials.at(-1) ?? -Infinity) >= (POLICY.cooldown ?? 0));
          trials.push(now);
        }
      }
    }),
  );
});
