import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  covering,
  stepWindow,
  windowTable,
  type Window,
  type WindowEvent,
  type WindowState,
} from '../../../src/core/maintenance/index.ts';
import { ignore } from '../../../src/core/machine/index.ts';

const WINDOW: Window = {
  id: 'w',
  services: ['web'],
  reason: 'disk',
  owner: 'ops',
  from: 0,
  until: 600_000,
  source: 'operator',
};
const open: WindowState = { name: 'open', window: WINDOW };
const over: WindowState = { name: 'over', window: WINDOW };

const CELLS: [string, WindowState, WindowEvent, number, string][] = [
  ['it goes on, looked at every minute', open, { type: 'tick' }, 1_000, 'open until 600000: check 60000'],
  ['its last seconds', open, { type: 'tick' }, 590_000, 'open until 600000: check 10000'],
  ['it ends by itself', open, { type: 'tick' }, 600_000, 'over until 600000: ended by itself'],
  ['it is ended', open, { type: 'end' }, 1_000, 'over until 600000: ended early'],
  ['the clock was set', open, { type: 'shift', byMs: 3_600_000 }, 3_601_000, 'open until 4200000: check 60000'],
  ['tick after the end', over, { type: 'tick' }, 1_000, 'over until 600000'],
  ['end after the end', over, { type: 'end' }, 1_000, 'over until 600000'],
  ['shift after the end', over, { type: 'shift', byMs: 5 }, 1_000, 'over until 600000'],
];

function told(from: WindowState, event: WindowEvent, wall: number, table?: typeof windowTable): string {
  const { state, effects } = stepWindow(from, event, wall, table);
  const said = effects.map((one) =>
    one.type === 'check' ? `: check ${one.afterMs}` : `: ended ${one.early ? 'early' : 'by itself'}`,
  );
  return `${state.name} until ${state.window.until}${said.join('')}`;
}

for (const [what, from, event, wall, expected] of CELLS) {
  test(`maintenance: ${what}`, () => assert.equal(told(from, event, wall), expected));
}

test('a mutant of any cell that does something is noticed', () => {
  for (const type of ['tick', 'end', 'shift'] as const) {
    const mutant = { ...windowTable, open: { ...windowTable.open, [type]: ignore('mutant') } };
    assert.ok(
      CELLS.some(([, from, event, wall, expected]) => told(from, event, wall, mutant) !== expected),
      type,
    );
  }
});

test('a window covers its services, or everything when it names none', () => {
  assert.equal(covering([open], 'web'), WINDOW);
  assert.equal(covering([open], 'db'), null);
  assert.equal(covering([over], 'web'), null);
  const all = { ...WINDOW, services: [] };
  assert.equal(covering([{ name: 'open', window: all }], 'db'), all);
});
