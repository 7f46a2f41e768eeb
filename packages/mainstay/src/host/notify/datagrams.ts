import type { DatagramSocket } from '../native/index.ts';
import type { Notification } from './parse.ts';
import { parseNotification } from './parse.ts';

/** While somebody is awaited, and otherwise at most this often per watchdog period. */
const WAITING_MS = 50;
const LOOKS_PER_WATCHDOG = 4;
const SLOWEST_MS = 1000;

interface Listener {
  socket: DatagramSocket;
  waiting: boolean;
  watchdogMs: number | null;
  tell: (notification: Notification) => void;
}

/**
 * Looks at the notification sockets of programs written for systemd. Node cannot wait for a datagram of a Unix
 * socket, so they are looked at: every 50 ms while one is waiting to become ready, else a quarter of the
 * shortest watchdog period or a second, not at all while there is none.
 */
export class Datagrams {
  readonly #listeners = new Map<string, Listener>();
  #timer: NodeJS.Timeout | null = null;
  #period = Infinity;

  listen(id: string, socket: DatagramSocket, watchdogMs: number | null, tell: Listener['tell']): void {
    this.#listeners.get(id)?.socket.close();
    this.#listeners.set(id, { socket, waiting: false, watchdogMs, tell });
    this.#schedule();
  }

  has(id: string): boolean {
    return this.#listeners.has(id);
  }

  /** Whether `READY=1` of it is awaited. */
  expect(id: string, waiting: boolean): void {
    const listener = this.#listeners.get(id);
    if (listener === undefined || listener.waiting === waiting) return;
    listener.waiting = waiting;
    this.#schedule();
  }

  /** Takes what waits in its socket now. */
  take(id: string): void {
    const listener = this.#listeners.get(id);
    if (listener === undefined) return;
    for (let text = listener.socket.receive(); text !== null; text = listener.socket.receive()) {
      if (text === '') continue;
      for (const notification of parseNotification(text)) listener.tell(notification);
    }
  }

  close(id: string): void {
    this.#listeners.get(id)?.socket.close();
    this.#listeners.delete(id);
    this.#schedule();
  }

  #schedule(): void {
    let period = Infinity;
    for (const { waiting, watchdogMs } of this.#listeners.values()) {
      const own = waiting ? WAITING_MS : Math.min(SLOWEST_MS, (watchdogMs ?? Infinity) / LOOKS_PER_WATCHDOG);
      period = Math.min(period, own);
    }
    if (period === this.#period) return;
    this.#period = period;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = period === Infinity ? null : setInterval(() => this.#takeAll(), period);
    this.#timer?.unref();
  }

  #takeAll(): void {
    for (const id of this.#listeners.keys()) this.take(id);
  }
}
