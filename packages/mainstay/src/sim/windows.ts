import type { Window } from '../core/maintenance/index.ts';

/** The maintenance windows that the operator believes in: those that were confirmed, moved as the clock is set. */
export class Windows {
  confirmed: Window[] = [];
  #asked: Window[] = [];

  /** @param send gives the command; calls back when it is confirmed */
  ask(window: Window, send: (confirmed: () => void) => boolean): boolean {
    const own = { ...window };
    this.#asked.push(own);
    return send(() => {
      if (this.#asked.includes(own)) this.confirmed.push(own);
    });
  }

  /** "For an hour" means an hour, whatever the clock says. */
  clockSet(byMs: number): void {
    for (const window of new Set([...this.#asked, ...this.confirmed])) {
      window.from += byMs;
      window.until += byMs;
    }
  }

  /** Nobody can tell any more what was meant. */
  forget(): void {
    this.confirmed = [];
    this.#asked = [];
  }

  /** Whether a window may cover the service at any time from `from` on (UTC ms). */
  mayCover(service: string, from: number): boolean {
    return this.#asked.some((one) => covers(one, service) && one.until > from);
  }
}

export const covers = (window: Window, service: string): boolean =>
  window.services.length === 0 || window.services.includes(service);
