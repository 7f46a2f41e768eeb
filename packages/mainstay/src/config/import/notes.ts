import { masked } from './secrets.ts';
import type { Note } from './types.ts';

/** Collects notes; says a thing that holds for the whole file only once. */
export class Notes {
  readonly all: Note[] = [];
  readonly #said = new Set<string>();

  /** A key that has no place in mainstay.yaml. */
  dropped(where: string, what: string, why: string, instead: string): void {
    this.#add({ where, what, kind: 'dropped', why, instead });
  }

  /** A key that was written, but means something slightly different. */
  approximated(where: string, what: string, why: string, instead: string): void {
    this.#add({ where, what, kind: 'approximated', why, instead });
  }

  /** A key that was carried over, with something to improve. */
  advice(where: string, what: string, why: string, instead: string): void {
    this.#add({ where, what, kind: 'advice', why, instead });
  }

  /** Runs `say` only the first time that `key` is seen. */
  once(key: string, say: () => void): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    say();
  }

  #add(unmasked: Note): void {
    const note = {
      ...unmasked,
      what: masked(unmasked.what),
      why: masked(unmasked.why),
      instead: masked(unmasked.instead),
    };
    const same = (other: Note) => other.where === note.where && other.what === note.what && other.why === note.why;
    if (!this.all.some(same)) this.all.push(note);
  }
}

/** A value as a note quotes it: on one line, and not longer than a reader needs to find it. */
export function brief(value: string): string {
  const line = masked(value.replace(/\s+/g, ' ').trim());
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
