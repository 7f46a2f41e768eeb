import { apply, ignore, type Step, type Table } from '../machine/index.ts';

/** So many measurements in a row above the limit, and it counts as exceeded: a moment's peak is forgiven. */
export const MEMORY_SAMPLES = 3;

export type MemoryName = 'under' | 'over';

export interface MemoryState {
  name: MemoryName;
  /** Measurements in a row above the limit. */
  samples: number;
}

export type MemoryEvent =
  /** What the whole tree uses, bytes. */
  | { type: 'measured'; bytes: number }
  /** Another incarnation begins, or nobody is left to be measured. */
  | { type: 'reset' };

export interface MemoryContext {
  /** Bytes. */
  limit: number;
}

export interface MemoryEffect {
  type: 'exceeded';
  bytes: number;
}

export const MEMORY_UNDER: MemoryState = { name: 'under', samples: 0 };

type Stepped = Step<MemoryState, MemoryEffect>;

const under = (): Stepped => ({ state: MEMORY_UNDER, effects: [] });

function measured(state: MemoryState, { bytes }: { bytes: number }, { limit }: MemoryContext): Stepped {
  if (bytes <= limit) return under();
  const samples = state.samples + 1;
  if (samples < MEMORY_SAMPLES) return { state: { name: 'over', samples }, effects: [] };
  // Whoever must not be ended just now is measured afresh.
  return { state: MEMORY_UNDER, effects: [{ type: 'exceeded', bytes }] };
}

export type MemoryTable = Table<MemoryName, MemoryState, MemoryEvent, MemoryContext, MemoryEffect>;

export const memoryTable: MemoryTable = {
  under: { measured, reset: ignore('nothing is counted') },
  over: { measured, reset: under },
};

/** One step of the watch over memory. */
export function stepMemory(
  state: MemoryState,
  event: MemoryEvent,
  context: MemoryContext,
  table: MemoryTable = memoryTable,
): Stepped {
  const outcome = apply<MemoryName, MemoryState, MemoryEvent, MemoryContext, MemoryEffect>(
    table,
    state.name,
    state,
    event,
    context,
  );
  return outcome.kind === 'stepped' ? outcome : { state, effects: [] };
}
