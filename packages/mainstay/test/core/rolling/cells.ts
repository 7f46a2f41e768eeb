/** Sample states and events of the machine of rolling reloads: for the reviewed list, and for its page. */
import { servicePlan } from '../../../src/sim/plan.ts';
import {
  stepRoll,
  type Roll,
  type RollContext,
  type RollEvent,
  type RollTable,
  type Sight,
} from '../../../src/core/rolling/index.ts';

const from = servicePlan('web', { instances: 3 });
const to = servicePlan('web', { instances: 3, command: ['new'] });

export function rollOf(given: Partial<Roll>): Roll {
  return {
    name: 'forward',
    seq: 1,
    batch: 1,
    service: 'web',
    reason: 'asked for',
    from,
    to,
    same: false,
    stored: true,
    left: [],
    changed: [],
    current: null,
    due: 5_000,
    watchedFrom: 0,
    failure: null,
    fallen: [],
    ...given,
  };
}

/** Instances of which all are up, but those that are named. */
export function sights(down: readonly number[] = [], count = 3): Sight[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    incarnation: 10 + index,
    up: !down.includes(index),
    lives: !down.includes(index),
    patience: 1_000,
  }));
}

export const ROLLS: Readonly<Record<string, Roll>> = {
  queued: rollOf({ name: 'queued', left: [0, 1, 2] }),
  'queued, nothing runs': rollOf({ name: 'queued' }),
  'forward, the first': rollOf({ left: [1, 2], changed: [0], current: { index: 0, since: 1 } }),
  'forward, the last': rollOf({ changed: [0, 1, 2], current: { index: 2, since: 1 } }),
  'forward, waits': rollOf({ left: [2], changed: [0, 1] }),
  'forward, the same plan': rollOf({ same: true, to: from, left: [2], current: { index: 1, since: 1 } }),
  'forward, the last of the same plan': rollOf({ same: true, to: from, current: { index: 2, since: 1 } }),
  'back, the first': rollOf({ name: 'back', changed: [0, 1], current: { index: 1, since: 1 }, failure: 'x' }),
  'back, the last': rollOf({ name: 'back', changed: [0], current: { index: 0, since: 1 }, failure: 'x' }),
  'back, waits': rollOf({ name: 'back', changed: [0], failure: 'x' }),
  keeping: rollOf({ name: 'keeping', changed: [0, 1, 2] }),
  over: rollOf({ name: 'over' }),
};

export const ROLL_EVENTS: readonly RollEvent[] = [
  { type: 'begin' },
  { type: 'look' },
  { type: 'stood' },
  { type: 'fell', index: 1, reason: 'it ended' },
  { type: 'again' },
  { type: 'cancel', reason: 'stopped' },
  { type: 'kept' },
  { type: 'resume' },
];

const CONTEXTS: readonly RollContext[] = [
  { now: 100_000, sights: sights() },
  { now: 100_000, sights: sights([1]) },
];

/** What each cell makes of each sample: a line each, without the plans. */
export function rollCells(table?: RollTable): string[] {
  return Object.entries(ROLLS).flatMap(([name, roll]) =>
    ROLL_EVENTS.flatMap((event) =>
      CONTEXTS.map((context, at) => {
        const outcome = stepRoll(roll, event, context, table);
        const what =
          outcome.kind === 'stepped'
            ? JSON.stringify({ state: { ...outcome.state, from: 0, to: 0 }, effects: outcome.effects })
            : `${outcome.kind}: ${outcome.reason}`;
        return `roll ${name}${at === 0 ? '' : ' (1 is down)'} × ${event.type}: ${what}`;
      }),
    ),
  );
}

/** Where a cell leads. */
export function rollLeads(state: string, type: string): string[] {
  return Object.values(ROLLS)
    .filter((roll) => roll.name === state)
    .flatMap((roll) =>
      ROLL_EVENTS.filter((event) => event.type === type).flatMap((event) =>
        CONTEXTS.flatMap((context) => {
          const outcome = stepRoll(roll, event, context);
          return outcome.kind === 'stepped' ? [outcome.state.name] : [];
        }),
      ),
    );
}
