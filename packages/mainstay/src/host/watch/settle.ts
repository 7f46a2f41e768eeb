import type { Clock, Timer } from '../../ports/index.ts';

export interface SettlerOptions {
  clock: Clock;
  /** How long a path must have been quiet. */
  quietMs: number;
  /** How long quiet paths wait for restless ones, such as a log that grows all the time. */
  patienceMs: number;
  /** More paths may be about to come, for example of a directory that is being looked through: wait. */
  busy: () => boolean;
  settled: (paths: string[]) => void;
}

/** Collects paths, and hands them on together once they have come to rest. */
export class Settler {
  private readonly options: SettlerOptions;
  private readonly lastEvent = new Map<string, number>();
  private waitingSince: number | null = null;
  private timer: Timer | null = null;

  constructor(options: SettlerOptions) {
    this.options = options;
  }

  /** Something happened at `path`. */
  mark(path: string): void {
    const now = this.options.clock.now().mono;
    this.lastEvent.set(path, now);
    this.waitingSince ??= now;
    this.timer ??= this.options.clock.after(this.options.quietMs, () => this.look());
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
    this.lastEvent.clear();
  }

  private look(): void {
    const { clock, quietMs, patienceMs, busy, settled } = this.options;
    if (busy()) {
      this.timer = clock.after(quietMs, () => this.look());
      return;
    }
    const now = clock.now().mono;
    const quiet = [...this.lastEvent].filter(([, at]) => now - at >= quietMs).map(([path]) => path);
    const all = quiet.length === this.lastEvent.size;
    const ready = all || now - (this.waitingSince ?? now) >= patienceMs ? quiet : [];
    for (const path of ready) this.lastEvent.delete(path);
    if (ready.length > 0) this.waitingSince = all ? null : now;
    this.timer = null;
    if (this.lastEvent.size > 0) {
      let newest = 0;
      for (const at of this.lastEvent.values()) newest = Math.max(newest, at);
      this.timer = clock.after(Math.max(1, newest + quietMs - now), () => this.look());
    }
    if (ready.length > 0) settled(ready);
  }
}
