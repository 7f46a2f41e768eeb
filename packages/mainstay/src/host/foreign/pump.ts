import type { InstanceId } from '@mainstay/protocol';
import type { Clock, FollowedLogs, Look, Manager, Timer } from '../../ports/index.ts';

/** After lines could not be read, they are asked for again: at first after this long, then less and less often. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** Carries what an instance writes from its manager to its log, as long as it is looked after. */
export class Pump {
  readonly #instance: InstanceId;
  readonly #name: string;
  readonly #manager: Manager;
  readonly #logs: FollowedLogs;
  readonly #clock: Clock;
  /** Since when it is looked after, UTC ms: what it wrote before is not taken. */
  readonly #since: number;
  /** The life whose lines were read to their end. */
  #read: string | null = null;
  #running: AbortController | null = null;
  #retry: Timer | null = null;
  #retryMs = FIRST_RETRY_MS;
  #closed = false;
  problem: string | null = null;

  constructor(instance: InstanceId, name: string, manager: Manager, logs: FollowedLogs, clock: Clock) {
    this.#instance = instance;
    this.#name = name;
    this.#manager = manager;
    this.#logs = logs;
    this.#clock = clock;
    this.#since = clock.now().wall;
  }

  /** It was looked at. Of a life that was not read yet, or still goes on, the lines are read. */
  looked({ life, is }: Look): void {
    if (this.#running !== null || this.#retry !== null || this.#closed || life === '') return;
    if (life === this.#read && is !== 'running') return;
    void this.#follow(life);
  }

  async #follow(life: string): Promise<void> {
    const abort = new AbortController();
    this.#running = abort;
    try {
      let from = await this.#logs.position(this.#instance);
      if (from === null) {
        from = this.#manager.placeOf(this.#since);
        await this.#logs.beginAt(this.#instance, from);
      }
      const take: Parameters<Manager['lines']>[2] = async (lines) => {
        this.#retryMs = FIRST_RETRY_MS;
        if (!this.#closed) await this.#logs.feed(this.#instance, lines);
      };
      await this.#manager.lines(this.#name, from, take, abort.signal);
      this.#read = life;
      this.problem = null;
    } catch (error) {
      if (this.#closed) return;
      this.problem = `cannot read what ${this.#name} writes: ${(error as Error).message}`;
      const wait = this.#retryMs;
      this.#retryMs = Math.min(LAST_RETRY_MS, wait * 2);
      this.#retry = this.#clock.after(wait, () => {
        this.#retry = null;
        if (!this.#closed) void this.#follow(life);
      });
    } finally {
      this.#running = null;
    }
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#running?.abort();
  }
}
