import type { RestartCount, StandingInterval, Subject } from '@mainstay/protocol';
import { dayOf, type Move } from './moves.ts';

/** The intervals that moves lead to, in memory. The store does the same in its file. */
export class Timeline {
  readonly #intervals = new Map<Subject, StandingInterval[]>();
  readonly #restarts = new Map<string, RestartCount>();

  /** @param alive the last sign of life of the daemon before, UTC ms; null: none is known */
  apply(move: Move, alive: number | null): void {
    switch (move.type) {
      case 'begin': {
        const { subject, state, from, knownAt, cause, byOperator } = move;
        const list = this.#cut(subject, from);
        list.push({ subject, state, from, to: null, known_at: knownAt, cause, by_operator: byOperator });
        return;
      }
      case 'end':
        this.#cut(move.subject, move.from);
        return;
      case 'unseen':
        for (const subject of this.#intervals.keys()) this.#cut(subject, move.from ?? alive ?? Infinity);
        return;
      case 'restart':
        this.#count(move.subject, dayOf(move.at));
    }
  }

  copy(): Timeline {
    const other = new Timeline();
    for (const [subject, list] of this.#intervals)
      other.#intervals.set(
        subject,
        list.map((one) => ({ ...one })),
      );
    for (const [key, count] of this.#restarts) other.#restarts.set(key, { ...count });
    return other;
  }

  /** In order of their ends, the open ones last. */
  intervals(): StandingInterval[] {
    const all = [...this.#intervals.values()].flat();
    return all.sort((a, b) => (a.to ?? Number.MAX_VALUE) - (b.to ?? Number.MAX_VALUE));
  }

  restarts(): RestartCount[] {
    return [...this.#restarts.values()];
  }

  /** Nothing is said of the subject from then on. One that is open and of which no end is known has no length. */
  #cut(subject: Subject, from: number): StandingInterval[] {
    const list = this.#intervals.get(subject) ?? [];
    this.#intervals.set(subject, list);
    while ((list.at(-1)?.from ?? -Infinity) >= from) list.pop();
    const last = list.at(-1);
    if (last !== undefined && (last.to === null || last.to > from)) last.to = from === Infinity ? last.from : from;
    return list;
  }

  #count(subject: Subject, day: number): void {
    const key = `${subject} ${day}`;
    const before = this.#restarts.get(key)?.count ?? 0;
    this.#restarts.set(key, { subject, day, count: before + 1 });
  }
}
