import { TABLES, type Tables } from '../core/coordinator/index.ts';

type AnyTable = Record<string, Record<string, unknown>>;

/** Counts how often each cell of each table is looked up. */
export class Coverage {
  readonly tables: Tables;
  /** `life: ready × exited` → visits. */
  readonly visits = new Map<string, number>();

  constructor(tables: Tables = TABLES) {
    this.tables = Object.fromEntries(
      Object.entries(tables).map(([machine, table]) => [machine, this.#watch(machine, table as unknown as AnyTable)]),
    ) as unknown as Tables;
  }

  /** Cells that nothing visited. */
  unvisited(): string[] {
    return [...this.visits].filter(([, count]) => count === 0).map(([cell]) => cell);
  }

  #watch(machine: string, table: AnyTable): AnyTable {
    const rows = Object.entries(table).map(([state, row]) => {
      const watched: Record<string, unknown> = {};
      for (const [event, cell] of Object.entries(row)) {
        const name = `${machine}: ${state} × ${event}`;
        this.visits.set(name, 0);
        Object.defineProperty(watched, event, {
          enumerable: true,
          get: () => {
            this.visits.set(name, (this.visits.get(name) ?? 0) + 1);
            return cell;
          },
        });
      }
      return [state, watched] as const;
    });
    return Object.fromEntries(rows);
  }
}
