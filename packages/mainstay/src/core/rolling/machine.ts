import { apply, ignore, impossible, type Outcome, type Step, type Table } from '../machine/index.ts';
import type { Roll, RollContext, RollEffect, RollEvent, RollName, RollOutcome } from './types.ts';

export type RollTable = Table<RollName, Roll, RollEvent, RollContext, RollEffect>;
type Stepped = Step<Roll, RollEffect>;
type Of<T extends RollEvent['type']> = Extract<RollEvent, { type: T }>;

const end = (state: Roll, outcome: RollOutcome, reason: string | null): Stepped => ({
  state: { ...state, name: 'over', current: null },
  effects: [{ type: 'ended', outcome, reason }],
});
const same = (state: Roll): Stepped => ({ state, effects: [] });
const before = (effects: RollEffect[], step: Stepped): Stepped => ({
  state: step.state,
  effects: [...effects, ...step.effects],
});
const without = (list: readonly number[], index: number): number[] => list.filter((one) => one !== index);

/** Takes an instance down, to begin again under the plan of this direction. */
function replace(state: Roll, index: number, { now, sights }: RollContext): Stepped {
  const sight = sights.find((one) => one.index === index);
  const current = { index, since: sight?.incarnation ?? 0 };
  const due = now + (sight?.patience ?? 0);
  const forward = state.name === 'forward';
  const changed = forward && !state.same && !state.changed.includes(index) ? [...state.changed, index] : state.changed;
  const left = without(state.left, index);
  return {
    state: { ...state, left, changed, current, due },
    effects: [{ type: 'replace', index, plan: forward ? 'to' : 'from' }],
  };
}

/** How long to wait for instances that stood to come back, in ms: as long as the most patient one may take. */
const longest = ({ sights }: RollContext): number => Math.max(0, ...sights.map((one) => one.patience));

/**
 * The next of `candidates`: one that is down for sure goes first, then one that is not known to be up, and one that is up
 * only when all the others are, so that never two are down because of this. Null: it has to wait.
 */
function choose(state: Roll, candidates: readonly number[], { sights }: RollContext): number | null {
  const is = (what: 'up' | 'lives', index: number): boolean =>
    sights.find((one) => one.index === index)?.[what] === true;
  const down = candidates.find((index) => !is('lives', index)) ?? candidates.find((index) => !is('up', index));
  if (down !== undefined) return down;
  const others = sights.filter(({ index }) => !candidates.includes(index) && !state.fallen.includes(index));
  return others.every((one) => one.up) ? (candidates[0] ?? null) : null;
}

/** Goes on with the next one, or waits until it may. */
function goOn(state: Roll, candidates: readonly number[], context: RollContext): Stepped {
  const next = choose(state, candidates, context);
  if (next !== null) return replace(state, next, context);
  const due = state.current === null ? state.due : context.now + longest(context);
  return same({ ...state, current: null, due });
}

function forward(state: Roll, context: RollContext): Stepped {
  // One that has gone by another way (fewer instances are wanted) is waited for by nobody.
  const left = state.left.filter((index) => context.sights.some((one) => one.index === index));
  if (left.length > 0) return goOn({ ...state, left }, left, context);
  const done = { ...state, left, current: null };
  if (state.same) return end(done, 'done', null);
  return { state: { ...done, name: 'keeping' }, effects: [{ type: 'keep' }] };
}

function back(state: Roll, context: RollContext): Stepped {
  const changed = state.changed.filter((index) => context.sights.some((one) => one.index === index));
  if (changed.length > 0) return goOn({ ...state, changed }, changed, context);
  return end({ ...state, changed }, 'rolled-back', state.failure);
}

function stoodForward(state: Roll, _event: unknown, context: RollContext): Stepped {
  if (state.current === null) return same(state);
  const stands: RollEffect = { type: 'stands', index: state.current.index, plan: 'to' };
  return before([stands], forward(state, context));
}

function fellForward(state: Roll, { index, reason }: Of<'fell'>, context: RollContext): Stepped {
  const fallen: RollEffect = { type: 'fallen', index, reason };
  const at = { ...state, current: null, failure: reason, due: context.now + longest(context) };
  if (state.same) return before([fallen], end(at, 'stopped', reason));
  return before([fallen], back({ ...at, name: 'back', left: [] }, context));
}

function stoodBack(state: Roll, _event: unknown, context: RollContext): Stepped {
  if (state.current === null) return same(state);
  const { index } = state.current;
  const stands: RollEffect = { type: 'stands', index, plan: 'from' };
  return before([stands], back({ ...state, changed: without(state.changed, index) }, context));
}

/** The old plan does not stand either: its restart policy goes on with it, the others go back all the same. */
function fellBack(state: Roll, { index, reason }: Of<'fell'>, context: RollContext): Stepped {
  const own = state.current?.index === index;
  const fallen = state.fallen.includes(index) ? state.fallen : [...state.fallen, index];
  const changed = own ? without(state.changed, index) : state.changed;
  return before([{ type: 'fallen', index, reason }], back({ ...state, changed, fallen }, context));
}

/** The one that is being replaced begins once more, and this time somebody looks. */
function again(state: Roll, _event: unknown, context: RollContext): Stepped {
  return state.current === null ? same(state) : replace(state, state.current.index, context);
}

const cancel = (state: Roll, { reason }: Of<'cancel'>): Stepped => end(state, 'cancelled', reason);

/** What an earlier daemon began goes on: the one that was being replaced is looked at as it is now. */
function resume(state: Roll, _event: unknown, context: RollContext): Stepped {
  return same({ ...state, due: context.now + longest(context), watchedFrom: context.now });
}

const UNBEGUN = 'nothing is being replaced yet';
const ENDED = 'what has ended is forgotten';
const BEGUN = 'it was begun already';

export const rollTable: RollTable = {
  queued: {
    begin: (state, _event, context) =>
      before([{ type: 'began' }], forward({ ...state, name: 'forward', due: context.now + longest(context) }, context)),
    look: impossible('nothing is replaced before its turn'),
    stood: impossible(UNBEGUN),
    fell: impossible(UNBEGUN),
    again: impossible(UNBEGUN),
    cancel,
    kept: impossible(UNBEGUN),
    resume: ignore('it waits for its turn'),
  },
  forward: {
    begin: impossible(BEGUN),
    look: (state, _event, context) => (state.current === null ? forward(state, context) : same(state)),
    stood: stoodForward,
    fell: fellForward,
    again,
    cancel,
    kept: impossible('not all run the new plan yet'),
    resume,
  },
  back: {
    begin: impossible(BEGUN),
    look: (state, _event, context) => (state.current === null ? back(state, context) : same(state)),
    stood: stoodBack,
    fell: fellBack,
    again,
    cancel,
    kept: impossible('the new plan is given up'),
    resume,
  },
  keeping: {
    begin: impossible(BEGUN),
    look: impossible('the new plan is being written down'),
    stood: impossible('all stand'),
    fell: impossible('all stood; what comes after is the restart policy’s'),
    again: impossible('all stand'),
    cancel: impossible('all run the new plan already'),
    kept: (state) => end(state, 'done', null),
    resume: (state) => ({ state, effects: [{ type: 'keep' }] }),
  },
  over: {
    begin: impossible(ENDED),
    look: impossible(ENDED),
    stood: impossible(ENDED),
    fell: impossible(ENDED),
    again: impossible(ENDED),
    cancel: impossible(ENDED),
    kept: impossible(ENDED),
    resume: impossible(ENDED),
  },
};

/** One step of a rolling reload. */
export function stepRoll(
  state: Roll,
  event: RollEvent,
  context: RollContext,
  table: RollTable = rollTable,
): Outcome<Roll, RollEffect> {
  return apply<RollName, Roll, RollEvent, RollContext, RollEffect>(table, state.name, state, event, context);
}
