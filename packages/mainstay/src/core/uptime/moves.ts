import type { Standing, Subject } from '@mainstay/protocol';

/** A change of the intervals. Times are UTC ms. */
export type Move =
  /** From `from` on, the subject stands so: whatever was said of it from then on no longer holds. */
  | {
      type: 'begin';
      subject: Subject;
      state: Standing;
      from: number;
      knownAt: number;
      cause: string;
      byOperator: boolean;
    }
  /** It is no longer watched. */
  | { type: 'end'; subject: Subject; from: number }
  /** Nothing was observed from then on; null: since the last sign of life of the daemon before. */
  | { type: 'unseen'; from: number | null }
  /** It was restarted, and nobody had asked for it. */
  | { type: 'restart'; subject: Subject; at: number };

/** UTC day of a moment, days since the epoch. */
export const dayOf = (at: number): number => Math.floor(at / 86_400_000);

/**
 * What remains of moves of which there are too many to keep: of every subject how it stood in the end. Between the first of
 * its moves and that it was not observed.
 */
export function compactMoves(moves: readonly Move[]): Move[] {
  const first = new Map<Subject, Move>();
  const last = new Map<Subject, Move>();
  const restarts: Move[] = [];
  let unseen: Move | null = null;
  for (const move of moves) {
    if (move.type === 'unseen') {
      unseen ??= move;
    } else if (move.type === 'restart') {
      restarts.push(move);
    } else {
      if (!first.has(move.subject)) first.set(move.subject, { type: 'end', subject: move.subject, from: move.from });
      last.set(move.subject, move);
    }
  }
  return [...(unseen === null ? [] : [unseen]), ...first.values(), ...last.values(), ...restarts];
}
