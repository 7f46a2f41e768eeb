/**
 * What every small machine is made of: a total table of cells (state × event), and one way to look
 * a cell up. A cell is a transition, `ignore(reason)` or `impossible(reason)`.
 */
export interface Ignore {
  ignore: string;
}
export interface Impossible {
  impossible: string;
}
export type Cell<S, E, C, F> = ((state: S, event: E, context: C) => Step<S, F>) | Ignore | Impossible;

/** What a step makes of a state: the next state, and what is to be done. */
export interface Step<S, F> {
  state: S;
  effects: F[];
}

/** A table: for every state name, a cell for every event type. */
export type Table<Name extends string, S, E extends { type: string }, C, F> = {
  readonly [N in Name]: { readonly [T in E['type']]: Cell<S, Extract<E, { type: T }>, C, F> };
};

/**
 * A timer that rings this many ms late says that the daemon stood still: what the process said meanwhile is not heard
 * yet, and nothing may be held against it.
 */
export const LATE_MS = 1_000;

/** The event cannot matter in this state; nothing happens. */
export function ignore(reason: string): Ignore {
  return { ignore: reason };
}

/** The event cannot come in this state; if it does, it is journalled and the state stays. */
export function impossible(reason: string): Impossible {
  return { impossible: reason };
}

export type Outcome<S, F> =
  | { kind: 'stepped'; state: S; effects: F[] }
  | { kind: 'ignored'; reason: string }
  | { kind: 'impossible'; reason: string };

/** One step of a machine that says nothing of what it does not take: what is ignored or impossible changes nothing. */
export function advance<Name extends string, S extends { name: Name }, E extends { type: string }, C, F>(
  table: Table<Name, S, E, C, F>,
  state: S,
  event: E,
  context: C,
): Step<S, F> {
  const outcome = apply(table, state.name, state, event, context);
  return outcome.kind === 'stepped' ? outcome : { state, effects: [] };
}

/** Looks up the cell of `name` × `event.type` and applies it. */
export function apply<Name extends string, S, E extends { type: string }, C, F>(
  table: Table<Name, S, E, C, F>,
  name: Name,
  state: S,
  event: E,
  context: C,
): Outcome<S, F> {
  const cell = table[name][event.type as E['type']] as Cell<S, E, C, F>;
  if (typeof cell === 'function') return { kind: 'stepped', ...cell(state, event, context) };
  if ('ignore' in cell) return { kind: 'ignored', reason: cell.ignore };
  return { kind: 'impossible', reason: cell.impossible };
}
