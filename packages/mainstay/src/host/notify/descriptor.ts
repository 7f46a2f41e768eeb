import { FifoReader } from '../log/fifo.ts';
import { LANDING_BYTES } from '../log/slots-layout.ts';
import type { Slots } from '../log/slots.ts';
import type { Notification } from './parse.ts';
import { parseNotification } from './parse.ts';

/** A program that writes more than this without ending a line does not speak this protocol. */
const LONGEST_LINE = 64 * 1024;

/**
 * Reads the FIFO that is descriptor 3 of a program. What was read and not yet told survives the death of this process;
 * a notification can then be told twice, never lost.
 */
export class NotifyDescriptor {
  readonly #slots: Slots;
  readonly #tell: (notification: Notification) => void;
  readonly #reader: FifoReader;
  problem: string | null = null;

  constructor(path: string, slots: Slots, tell: (notification: Notification) => void) {
    this.#slots = slots;
    this.#tell = tell;
    this.#reader = new FifoReader(
      path,
      slots.landing,
      (bytes) => {
        slots.takeLanding(bytes);
        if (bytes === LANDING_BYTES) this.drain();
        else this.#take();
        return true;
      },
      (error) => {
        this.problem = `cannot read ${path}: ${error.message}`;
      },
    );
    this.#reader.unref();
  }

  /** Takes what is in the pipe now. */
  drain(): void {
    this.#take();
    for (let room = this.#slots.room(LONGEST_LINE); room > 0; room = this.#slots.room(LONGEST_LINE)) {
      const bytes = this.#reader.read(this.#slots.active, this.#slots.fill, room);
      if (bytes > 0) this.#slots.takeDirect(bytes);
      this.#take();
      if (bytes < room) return;
    }
  }

  /** Forgets an unfinished line: another incarnation writes from now on. */
  begin(): void {
    this.drain();
    this.#slots.end();
    this.#slots.discard(0);
  }

  #take(): void {
    const slots = this.#slots;
    if (slots.fill >= LONGEST_LINE) slots.end();
    if (slots.lines === 0 || slots.fill - slots.lines > slots.lines) return;
    const text = slots.active.toString('utf8', 0, slots.lines);
    for (const notification of parseNotification(text)) this.#tell(notification);
    slots.discard(0);
  }

  close(): void {
    this.#reader.close();
  }
}
