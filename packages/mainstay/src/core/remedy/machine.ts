import type { RemedyStep } from '../plan/index.ts';
import { advance, ignore, impossible, type Step, type Table } from '../machine/index.ts';
import type { RemedyContext, RemedyEffect, RemedyEvent, RemedyLevel, RemedyName, RemedyState } from './types.ts';

type Stepped = Step<RemedyState, RemedyEffect>;
type Of<T extends RemedyEvent['type']> = Extract<RemedyEvent, { type: T }>;

/** The longest pause before everything is tried anew, ms. */
export const LONGEST_REST_MS = 3_600_000;

export const INITIAL_REMEDY: RemedyState = {
  name: 'idle',
  level: 'fail',
  step: 0,
  rounds: 0,
  restUntil: 0,
  seq: 0,
  sure: false,
  escalated: false,
  held: null,
};

const same = (state: RemedyState): Stepped => ({ state, effects: [] });
const stepOf = ({ level, step }: RemedyState, { steps }: RemedyContext): RemedyStep | undefined => steps[level][step];

/** A failure is confirmed, or an operator asks: the step that is next. What was begun for a warning begins anew for a failure. */
function begin(state: RemedyState, { type, level }: Of<'confirmed'> | Of<'asked'>, context: RemedyContext): Stepped {
  const step = level === state.level ? state.step : 0;
  return attempt({ ...state, level, step, sure: type === 'asked' }, context);
}

function attempt(state: RemedyState, context: RemedyContext): Stepped {
  const step = stepOf(state, context);
  // Whatever is still to be answered answers nobody.
  const seq = state.name === 'asking' ? state.seq + 1 : state.seq;
  if (step === undefined) return same({ ...state, name: 'idle', step: 0, seq });
  const hold = context.hold(step);
  if (hold !== null) {
    const effects: RemedyEffect[] = state.held === hold.reason ? [] : [{ type: 'held', step, reason: hold.reason }];
    const escalated = state.escalated || hold.tell;
    return { state: { ...state, name: 'idle', sure: false, held: hold.reason, escalated, seq }, effects };
  }
  // Before something is ended another layer is asked, and what it is like is kept as evidence.
  return step.do === 'restart' ? ask(state, step) : act(state, step, context);
}

function ask(state: RemedyState, step: RemedyStep): Stepped {
  const seq = state.seq + 1;
  return { state: { ...state, name: 'asking', seq, held: null }, effects: [{ type: 'ask', seq, step }] };
}

function act(state: RemedyState, step: RemedyStep, { dryRun: dry }: RemedyContext): Stepped {
  const seq = state.seq + 1;
  const escalated = state.escalated || dry;
  return {
    state: { ...state, name: 'acting', seq, sure: false, held: null, escalated },
    effects: [{ type: 'act', seq, step, dry }],
  };
}

function word(state: RemedyState, event: Of<'word'>, context: RemedyContext): Stepped {
  const step = stepOf(state, context);
  if (step === undefined) return same({ ...state, name: 'idle', step: 0 });
  if (event.word === 'silent' && !state.sure)
    return { state: { ...state, name: 'doubting' }, effects: [{ type: 'doubt', step }] };
  // Much may have happened while the answer was waited for.
  return context.hold(step) === null ? act(state, step, context) : attempt(state, context);
}

/** Confirmed once more, of whichever level: that is as good as a second layer. */
const confirmedTwice = (state: RemedyState, { level }: { level: RemedyLevel }, context: RemedyContext): Stepped =>
  attempt({ ...state, level, step: level === state.level ? state.step : 0, sure: true }, context);

const done = (state: RemedyState): Stepped => same({ ...state, name: 'watching' });

/** It did not help: the next step, or a pause. */
function next(state: RemedyState, event: Of<'confirmed'> | Of<'asked'>, context: RemedyContext): Stepped {
  const step = stepOf(state, context);
  if (event.level !== state.level || step === undefined) return begin({ ...state, step: 0 }, event, context);
  if (event.type === 'confirmed' && !context.settled(step)) return same(state);
  const further = state.step + 1;
  const isAsked = event.type === 'asked';
  if (further < context.steps[state.level].length) return attempt({ ...state, step: further, sure: isAsked }, context);
  const rounds = state.rounds + 1;
  // The second round follows at once; from then on each pause is about twice the one before.
  const restMs = Math.min(context.confirmMs * (2 ** Math.min(rounds - 1, 30) - 1), LONGEST_REST_MS);
  const rested: RemedyState = {
    ...state,
    name: 'resting',
    step: 0,
    rounds,
    restUntil: context.now + restMs,
    escalated: true,
  };
  const effects: RemedyEffect[] = rounds === 1 ? [{ type: 'exhausted' }] : [];
  if (restMs > 0 || isAsked) return { state: rested, effects };
  const begun = attempt(rested, context);
  return { state: begun.state, effects: [...effects, ...begun.effects] };
}

const rested = (state: RemedyState, event: Of<'confirmed'>, context: RemedyContext): Stepped =>
  context.now < state.restUntil ? same(state) : begin(state, event, context);

/** Forgets what was tried; the very same state when there is nothing to forget. */
function forget(state: RemedyState): Stepped {
  const { name, step, rounds, escalated, held, seq } = state;
  const isFresh = name === 'idle' && step === 0 && rounds === 0 && !escalated && held === null;
  return same(isFresh ? state : { ...INITIAL_REMEDY, seq: seq + 1 });
}

function helped(state: RemedyState, _event: Of<'good'>, context: RemedyContext): Stepped {
  const step = stepOf(state, context);
  return { state: forget(state).state, effects: step === undefined ? [] : [{ type: 'helped', step }] };
}

/** What was about to be done is not: it has to be confirmed anew. */
const backToIdle = (state: RemedyState): Stepped => same({ ...state, name: 'idle', sure: false, seq: state.seq + 1 });

export type RemedyTable = Table<RemedyName, RemedyState, RemedyEvent, RemedyContext, RemedyEffect>;

const NO_QUESTION = impossible('no question is out');
const NO_ACTION = impossible('no action is under way');

/** Every state × every event. */
export const remedyTable: RemedyTable = {
  idle: {
    confirmed: begin,
    asked: begin,
    word: NO_QUESTION,
    done: NO_ACTION,
    good: forget,
    gap: ignore('nothing was about to be done'),
  },
  asking: {
    confirmed: ignore('the second layer is being asked'),
    asked: confirmedTwice,
    word,
    done: NO_ACTION,
    good: forget,
    gap: backToIdle,
  },
  doubting: {
    confirmed: confirmedTwice,
    asked: confirmedTwice,
    word: NO_QUESTION,
    done: NO_ACTION,
    good: forget,
    gap: backToIdle,
  },
  acting: {
    confirmed: ignore('an action is under way'),
    asked: ignore('an action is under way'),
    word: NO_QUESTION,
    done,
    good: helped,
    gap: ignore('the action goes on'),
  },
  watching: {
    confirmed: next,
    asked: next,
    word: NO_QUESTION,
    done: NO_ACTION,
    good: helped,
    gap: ignore('counting begins anew by itself'),
  },
  resting: {
    confirmed: rested,
    asked: begin,
    word: NO_QUESTION,
    done: NO_ACTION,
    good: forget,
    gap: ignore('the pause goes on'),
  },
};

/** One step. */
export function stepRemedy(
  state: RemedyState,
  event: RemedyEvent,
  context: RemedyContext,
  table: RemedyTable = remedyTable,
): Stepped {
  // The one place where answers to an older question, or from another daemon's time, are turned away.
  if ('seq' in event && event.seq !== state.seq) return same(state);
  return advance(table, state, event, context);
}

/**
 * The state that another daemon stored: what it asked answers nobody, and what it did is watched.
 * @param sameBoot false: its monotonic times mean nothing here
 */
export function restoreRemedy(stored: RemedyState | undefined, sameBoot: boolean): RemedyState {
  if (stored === undefined || !sameBoot) return INITIAL_REMEDY;
  if (stored.name === 'asking') return backToIdle(stored).state;
  return stored.name === 'acting' ? { ...stored, name: 'watching' } : stored;
}
