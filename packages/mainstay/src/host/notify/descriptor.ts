import type { Reading } from '../log/fifo.ts';
import { FifoReader } from '../log/fifo.ts';
import type { Slots } from '../log/slots.ts';
import type { Notification } from './parse.ts';
import { parseNotification } from './parse.ts';

/** A program that writes more than this without ending a line does not speak this protocol. */
const LONGEST_LINE = 64 * 1024;
const MOST_ROUNDS = 16;

/**
 * Reads the FIFO that is descriptor 3 of a program. What was read and not yet told survives the death of this process;
 * a notification can then be told twice, never lost.
 */
export class NotifyDescriptor {
  readonly #slots: Slots;
  readonly #tell: (notification: Notification) => void;
  readonly #reader: FifoReader;
  problem: string | null = null;

  constructor(path: string, slots: Slots, reading: Reading, tell: (notification: Notification) => void) {
    this.#slots = slots;
    this.#tell = tell;
    this.#reader = new FifoReader(
      path,
      slots,
      reading,
      () => {
        slots.takeLanding();
        this.drain();
        return true;
      },
      (error) => {
        this.problem = `cannot read ${path}: ${error.message}`;
      },
    );
    this.#reader.unref();
  }

  /** Takes what is in the pipe now; of a program that never stops writing, only so much at a time. */
  drain(): void {
    this.#take();
    for (let round = 0; round < MOST_ROUNDS && !this.#reader.take(LONGEST_LINE); round++) this.#take();
    this.#take();
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
