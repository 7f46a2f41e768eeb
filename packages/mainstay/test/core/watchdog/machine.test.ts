import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  stepWatchdog,
  WATCHDOG_OFF,
  watchdogTable,
  type WatchdogEvent,
  type WatchdogState,
} from '../../../src/core/watchdog/index.ts';
import { ignore } from '../../../src/core/machine/index.ts';

const PERIOD = 10_000;
const at = (now: number): { period: number; now: number } => ({ period: PERIOD, now });
const armed = (last: number, due = last + PERIOD): WatchdogState => ({ name: 'armed', last, due });

const CELLS: [string, WatchdogState, WatchdogEvent['type'], number, WatchdogState, unknown[]][] = [
  ['arm', WATCHDOG_OFF, 'arm', 5, armed(5), [{ type: 'check', afterMs: PERIOD }]],
  ['ping when off', WATCHDOG_OFF, 'ping', 5, WATCHDOG_OFF, []],
  ['due when off', WATCHDOG_OFF, 'due', 5, WATCHDOG_OFF, []],
  ['disarm when off', WATCHDOG_OFF, 'disarm', 5, WATCHDOG_OFF, []],
  ['a fresh period', armed(5), 'arm', 9, armed(9), [{ type: 'check', afterMs: PERIOD }]],
  ['ping moves no timer', armed(5), 'ping', 9_000, armed(9_000, 10_005), []],
  ['due after a ping', armed(9_000, 10_005), 'due', 10_005, armed(9_000), [{ type: 'check', afterMs: 8_995 }]],
  ['due in silence', armed(5), 'due', 10_005, WATCHDOG_OFF, [{ type: 'missed', silentMs: PERIOD }]],
  ['due late', armed(5), 'due', 11_006, armed(11_006), [{ type: 'check', afterMs: PERIOD }]],
  ['due hardly late', armed(5), 'due', 11_005, WATCHDOG_OFF, [{ type: 'missed', silentMs: 11_000 }]],
  ['disarm', armed(5), 'disarm', 9, WATCHDOG_OFF, [{ type: 'cancel' }]],
];

for (const [what, from, type, now, to, effects] of CELLS) {
  test(`watchdog: ${what}`, () => {
    const step = stepWatchdog(from, { type }, at(now));
    assert.deepEqual([step.state, step.effects], [to, effects]);
  });
}

test('a mutant of any cell that does something is noticed', () => {
  for (const name of ['off', 'armed'] as const) {
    for (const type of ['arm', 'ping', 'due', 'disarm'] as const) {
      if (typeof watchdogTable[name][type] !== 'function') continue;
      const mutant = { ...watchdogTable, [name]: { ...watchdogTable[name], [type]: ignore('mutant') } };
      const noticed = CELLS.some(([, from, event, now, to, effects]) => {
        const step = stepWatchdog(from, { type: event }, at(now), mutant);
        return JSON.stringify([step.state, step.effects]) !== JSON.stringify([to, effects]);
      });
      assert.ok(noticed, `${name} × ${type}`);
    }
  }
});

test('it is missed exactly when a whole period was silent, whatever the pings', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 15_000 }), { maxLength: 40 }), (gaps) => {
      let { state, effects } = stepWatchdog(WATCHDOG_OFF, { type: 'arm' }, at(0));
      let due = PERIOD;
      let now = 0;
      for (const gap of gaps) {
        const ping = now + gap;
        while (due <= ping && state.name === 'armed') {
          ({ state, effects } = stepWatchdog(state, { type: 'due' }, at(due)));
          const [effect] = effects;
          if (effect?.type === 'check') due += effect.afterMs;
        }
        assert.equal(state.name === 'off', gap >= PERIOD, `silent for ${gap}`);
        if (state.name === 'off') return;
        ({ state } = stepWatchdog(state, { type: 'ping' }, at(ping)));
        now = ping;
      }
    }),
  );
});
