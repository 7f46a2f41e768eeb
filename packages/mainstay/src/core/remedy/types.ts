import type { Ms, RemedyStep } from '../plan/index.ts';

/** How bad it is: which of the two lists of steps is for it. */
export type RemedyLevel = 'fail' | 'warn';

/**
 * `idle`: nothing is to be done. `asking`: a second layer is asked whether it agrees. `doubting`: it did not, so as many
 * failures again are needed. `acting`: a step is being taken. `watching`: whether it helped is being seen. `resting`:
 * every step was tried; the list begins anew after a pause.
 */
export const REMEDY_NAMES = ['idle', 'asking', 'doubting', 'acting', 'watching', 'resting'] as const;
export type RemedyName = (typeof REMEDY_NAMES)[number];

/** What is done about one check, or the healthcheck of one instance. Plain JSON: stored as it is. */
export interface RemedyState {
  name: RemedyName;
  level: RemedyLevel;
  /** Position in the list of the step that is next, under way, or being watched. */
  step: number;
  /** How often the whole list was of no use, since it was last good. */
  rounds: number;
  /** When the list may begin anew, monotonic ms. */
  restUntil: Ms;
  /** Number of the question or the action that is out; answers to any other are not taken. Only grows. */
  seq: number;
  /** Whatever the second layer says, the step is taken: the failure is confirmed twice, or an operator asked for it. */
  sure: boolean;
  /** People are to be told: what could be done was of no use, or nothing may be done. */
  escalated: boolean;
  /** Why the next step was not taken; null: nothing keeps it. */
  held: string | null;
}

export type RemedyEvent =
  /** As many failures (or warnings) in a row as confirm one; again after each further row. */
  | { type: 'confirmed'; level: RemedyLevel }
  /** An operator asks for what would be done now. */
  | { type: 'asked'; level: RemedyLevel }
  /** The second layer's answer to question `seq`. `silent`: it found nothing, or there is none. */
  | { type: 'word'; seq: number; word: 'broken' | 'silent' }
  /** Action `seq` is over. */
  | { type: 'done'; seq: number }
  /** It is well again, or not run any more. */
  | { type: 'good' }
  /** Time that nobody observed: what was about to be confirmed is not. */
  | { type: 'gap' };

/** The types of {@link RemedyEvent}, for tables. */
export const REMEDY_EVENTS = [
  'confirmed',
  'asked',
  'word',
  'done',
  'good',
  'gap',
] as const satisfies readonly RemedyEvent['type'][];

export type RemedyEffect =
  /** Ask another layer about what the step would restart, and answer with `word`. */
  | { type: 'ask'; seq: number; step: RemedyStep }
  /** Take the step, and answer with `done`. `dry`: only say what would be done. */
  | { type: 'act'; seq: number; step: RemedyStep; dry: boolean }
  /** The second layer says nothing: as many failures again are waited for. */
  | { type: 'doubt'; step: RemedyStep }
  /** The step may not be taken now. */
  | { type: 'held'; step: RemedyStep; reason: string }
  /** It is well again after something was done. */
  | { type: 'helped'; step: RemedyStep }
  /** Everything was tried once. */
  | { type: 'exhausted' };

/** Why a step may not be taken now, and whether people are to be told of the failure because of that. */
export interface Hold {
  reason: string;
  tell: boolean;
}

export interface RemedyContext {
  /** For each level. */
  steps: Readonly<Record<RemedyLevel, readonly RemedyStep[]>>;
  dryRun: boolean;
  /** Monotonic ms. */
  now: Ms;
  /** How long it takes to confirm a failure. */
  confirmMs: Ms;
  hold: (step: RemedyStep) => Hold | null;
  /** What the step did has had its effect: whether it helped can be seen. */
  settled: (step: RemedyStep) => boolean;
}
