import type { Window } from '../core/maintenance/index.ts';

/** A daemon that nothing hinders has noticed within this time that the clock was set, and has written it down; ms. */
const NOTICED_MS = 15_000;

/** The maintenance windows that the operator believes in, moved as the clock is set: what is certain, and what may be. */
export class Windows {
  /** Those that were confirmed, each until the operator asked for its end. */
  confirmed: Window[] = [];
  /** Those that were asked for, each until its end was confirmed. */
  #asked: Window[] = [];
  /** When the clock was set, as long as it may not be written down what that moved; monotonic ms. */
  #moved: number | null = null;
  /** Nobody could write anything down before this moment. */
  #hinderedUntil = 0;

  /** @param send gives the command; calls back when it is confirmed */
  ask(window: Window, send: (confirmed: () => void) => boolean): boolean {
    const own = { ...window };
    this.#asked.push(own);
    return send(() => {
      if (this.#asked.includes(own)) this.confirmed.push({ ...own });
    });
  }

  /** Asks for the end of a window, before its time or not. */
  end(id: string, wall: number, send: (confirmed: () => void) => boolean): boolean {
    const shorten = (windows: Window[]): void => {
      for (const one of windows) if (one.id === id) one.until = Math.min(one.until, wall);
    };
    shorten(this.confirmed);
    return send(() => shorten(this.#asked));
  }

  /** From now on until then, nobody can notice or write down anything. Monotonic ms. */
  hindered(now: number, until: number): void {
    this.#notice(now);
    this.#hinderedUntil = until;
  }

  /** The machine restarts. What a clock that was set has moved is known only if somebody wrote it down. */
  rebooted(now: number): void {
    this.#notice(now);
    if (this.#moved !== null) this.doubt();
    this.#moved = null;
  }

  #notice(now: number): void {
    if (this.#moved !== null && now - Math.max(this.#moved, this.#hinderedUntil) >= NOTICED_MS) this.#moved = null;
  }

  /** "For an hour" means an hour, whatever the clock says. */
  clockSet(byMs: number, now: number): void {
    this.#moved = now;
    for (const window of new Set([...this.#asked, ...this.confirmed])) {
      window.from += byMs;
      window.until += byMs;
    }
  }

  /** Nobody can tell any more when they end. */
  doubt(): void {
    this.confirmed = [];
    for (const one of this.#asked) Object.assign(one, { from: -Infinity, until: Infinity });
  }

  /** They are gone. */
  forget(): void {
    this.confirmed = [];
    this.#asked = [];
  }

  /** Whether a window may cover the service at any time from `from` on (UTC ms). */
  mayCover(service: string, from: number): boolean {
    return this.#asked.some((one) => covers(one, service) && one.until > from);
  }

  /** Whether a window may have covered the service at that time (UTC ms). */
  mayHaveCovered(service: string, at: number): boolean {
    return this.#asked.some((one) => covers(one, service) && one.from <= at && at < one.until);
  }
}

export const covers = (window: Window, service: string): boolean =>
  window.services.length === 0 || window.services.includes(service);
