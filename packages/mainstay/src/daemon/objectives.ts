import type { Sight } from '../core/alert/index.ts';
import type { World } from '../core/coordinator/index.ts';
import { compactMoves, type Move } from '../core/uptime/index.ts';
import type { HistoryPlace, StoreSnapshot } from '../ports/index.ts';
import type { BudgetDesk } from './burning.ts';
import { withDeadline } from './deadline.ts';
import type { Journal } from './journal.ts';
import type { DaemonPorts } from './ports.ts';

/** How far back the budgets look: three days, and some time to spare. */
const PAST_MS = 80 * 3_600_000;
const PAGE = 1_000;
/** Moves that are held while the past is being read. */
const HELD = 5_000;
/** How long a disk may take to tell the past. */
const PATIENCE_MS = 60_000;

/** Has error budgets watched as soon as the plan asks for an uptime; until then it costs nothing. */
export class Objectives {
  #desk: BudgetDesk | null = null;
  #isLoading = false;
  #isStopped = false;
  /** Moves that the desk is told of once it knows the past. */
  #held: Move[] = [];
  readonly #ports: DaemonPorts;
  readonly #world: () => World;
  readonly #journal: Journal;
  readonly #snapshot: StoreSnapshot;
  readonly #changed: () => void;

  /** @param changed a budget begins or ceases to burn */
  constructor(ports: DaemonPorts, world: () => World, journal: Journal, snapshot: StoreSnapshot, changed: () => void) {
    this.#ports = ports;
    this.#world = world;
    this.#journal = journal;
    this.#snapshot = snapshot;
    this.#changed = changed;
    journal.onMoves((moves) => this.#moved(moves));
  }

  /** What is seen of budgets; while they are not known yet, nothing. */
  addSights(sights: Map<string, Sight>): void {
    if (this.#desk !== null) this.#desk.addSights(sights);
    else if (this.#isWanted())
      for (const name of this.#world().services.keys()) sights.set(`objective/${name}`, 'unsure');
  }

  stop(): void {
    this.#isStopped = true;
    this.#desk?.stop();
  }

  #isWanted(): boolean {
    const { objective, services } = this.#world().plan;
    return (objective?.uptime ?? null) !== null || services.some((one) => (one.objective?.uptime ?? null) !== null);
  }

  #moved(moves: readonly Move[]): void {
    // Only here it is known when the daemon before was last alive.
    const alive = Number(this.#snapshot.facts['alive'] ?? Infinity);
    const seen = moves.map((move) => (move.type === 'unseen' && move.from === null ? { ...move, from: alive } : move));
    if (this.#desk !== null) return this.#desk.moved(seen);
    if (this.#isStopped || !this.#isWanted()) return;
    this.#held.push(...seen);
    if (this.#held.length > HELD) this.#held = compactMoves(this.#held);
    if (!this.#isLoading) void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    const { clock, daemonLog } = this.#ports;
    const { BudgetDesk } = await import('./burning.ts');
    const desk = new BudgetDesk(clock, this.#world, this.#journal, this.#snapshot.facts, this.#changed);
    try {
      await withDeadline(this.#past(desk), clock, 'the state disk does not answer', PATIENCE_MS);
    } catch (error) {
      daemonLog.write(`error budgets begin without the last three days: ${String(error)}`);
    }
    if (this.#isStopped) return;
    this.#desk = desk;
    desk.moved(this.#held.splice(0));
    this.#changed();
  }

  async #past(desk: BudgetDesk): Promise<void> {
    await this.#journal.written;
    const { wall } = this.#ports.clock.now();
    const query = { since: wall - PAST_MS, until: wall, limit: PAGE };
    for (let after: HistoryPlace | null | undefined; after !== null;) {
      const page: Awaited<ReturnType<DaemonPorts['store']['history']>> = await this.#ports.store.history(
        after === undefined ? query : { ...query, after },
      );
      desk.take(page.intervals);
      after = page.next;
    }
  }
}
