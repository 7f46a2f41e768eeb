import type { InstanceId } from '@mainstay/protocol';
import { splitInstanceId } from '@mainstay/protocol';
import type { LoggingPlan } from '../../core/plan/index.ts';
import type { LogEvent, Stream } from '../../ports/index.ts';
import type { CaptureOwner } from './capture.ts';
import { Capture, LONGEST_LINE } from './capture.ts';
import type { Reading } from './fifo.ts';
import type { LogFile } from './log-file.ts';
import type { Slots } from './slots.ts';
import { Tail } from './tail.ts';

/** Of a line, this much is looked at for a pattern. */
const MATCHED_BYTES = 64 * 1024;
const NEWLINE = 10;

/** What an instance's log needs of the host. */
export interface Surroundings {
  fileOf(service: string, split: Stream | null): LogFile;
  emit(event: LogEvent): void;
  wall(): number;
  readonly reading: Reading;
}

/** Both streams of one instance: their settings, the pattern that is looked for, the newest lines. */
export class InstanceLog {
  readonly instance: InstanceId;
  readonly service: string;
  /** Null until the plan is known: lines of an earlier process are then written without rotating. */
  logging: LoggingPlan | null = null;
  readonly #surroundings: Surroundings;
  readonly #slots: Record<Stream, Slots>;
  readonly #captures: Record<Stream, Capture>;
  readonly #tail = new Tail();
  #pattern: RegExp | null = null;
  /** Lines that an earlier process may have taken without looking at them. */
  #recovered: Buffer[] | null;

  constructor(
    instance: InstanceId,
    service: string,
    slots: Record<Stream, { slots: Slots; continued: boolean }>,
    surroundings: Surroundings,
  ) {
    this.instance = instance;
    this.service = service;
    this.#surroundings = surroundings;
    this.#slots = { out: slots.out.slots, err: slots.err.slots };
    this.#recovered = slots.out.continued || slots.err.continued ? [] : null;
    this.#captures = {
      out: new Capture('out', slots.out.slots, this.#owner('out'), slots.out.continued, surroundings.reading),
      err: new Capture('err', slots.err.slots, this.#owner('err'), slots.err.continued, surroundings.reading),
    };
  }

  #owner(stream: Stream): CaptureOwner {
    return {
      number: splitInstanceId(this.instance).index,
      maxLine: () => Math.min(LONGEST_LINE, this.logging?.maxLine ?? LONGEST_LINE),
      whenFull: () => this.logging?.whenFull ?? 'block',
      file: () => {
        const split = this.logging?.split ?? this.#slots[stream].split;
        return { file: this.#surroundings.fileOf(this.service, split ? stream : null), split };
      },
      lines: (lines, late) => this.#lines(lines, late),
      dropped: (lines) => this.#surroundings.emit({ type: 'log-dropped', instance: this.instance, lines }),
      wall: () => this.#surroundings.wall(),
    };
  }

  /** Queues what an earlier process was writing. */
  redo(): void {
    for (const stream of ['out', 'err'] as const) {
      this.#captures[stream].redo((split) => this.#surroundings.fileOf(this.service, split ? stream : null));
    }
  }

  attach(paths: Record<Stream, string>): void {
    this.#captures.out.attach(paths.out);
    this.#captures.err.attach(paths.err);
  }

  begin(incarnation: number): void {
    if (this.#slots.out.incarnation !== incarnation) this.#recovered = null;
    this.#captures.out.begin(incarnation);
    this.#captures.err.begin(incarnation);
  }

  drain(): void {
    this.#captures.out.drain();
    this.#captures.err.drain();
  }

  detach(): void {
    this.#captures.out.detach();
    this.#captures.err.detach();
  }

  get idle(): boolean {
    return this.#captures.out.idle && this.#captures.err.idle;
  }

  get problems(): string[] {
    const dropped = this.#captures.out.dropped + this.#captures.err.dropped;
    const drops = dropped > 0 ? [`${dropped} lines of ${this.instance} are dropped: its log takes none`] : [];
    return [this.#captures.out.problem, this.#captures.err.problem, ...drops].filter((problem) => problem !== null);
  }

  get incarnation(): number {
    return this.#slots.out.incarnation;
  }

  watchFor(pattern: string | null): void {
    this.#pattern = pattern === null ? null : new RegExp(pattern, 'u');
    if (this.#pattern === null) return;
    const recovered = this.#recovered ?? [];
    this.#recovered = null;
    if (this.incarnation !== 0 && this.#slots.out.matched === this.incarnation) this.#matched('');
    for (const lines of recovered) this.#look(lines);
  }

  tail(count: number): string[] {
    return this.#tail.lines(count);
  }

  /** What an incarnation that is over has said says nothing of the one that runs now. */
  #lines(lines: Buffer, late: boolean): void {
    this.#tail.push(lines);
    if (late) return;
    this.#recovered?.push(Buffer.from(lines));
    this.#look(lines);
  }

  #look(lines: Buffer): void {
    for (let at = 0; this.#pattern !== null && at < lines.length;) {
      const newline = lines.indexOf(NEWLINE, at);
      const end = newline < 0 ? lines.length : newline;
      const line = lines.toString('utf8', at, Math.min(end, at + MATCHED_BYTES)).replace(/\r$/, '');
      if (this.#pattern.test(line)) this.#matched(line);
      at = end + 1;
    }
  }

  /** Written down before it is told: the next daemon tells it again when this one dies in between. */
  #matched(line: string): void {
    this.#pattern = null;
    this.#slots.out.matched = this.incarnation;
    const { instance, incarnation } = this;
    this.#surroundings.emit({ type: 'log-matched', instance, incarnation, line });
  }
}
