import type { InstanceId } from '@mainstay/protocol';
import { MARK, type Mark } from '../../core/log/index.ts';
import type { LoggingPlan } from '../../core/plan/index.ts';
import type { FollowedLine, LogEvent } from '../../ports/index.ts';
import type { Gate } from './gate.ts';
import type { LogFile, Source } from './log-file.ts';
import { cutBack, inodeOf, readPosition, writePosition, type Position } from './position.ts';
import { Tail } from './tail.ts';

/** Bytes that are taken before the writer has to wait. */
const MOST_WAITING = 256 * 1024;
const RETRY_MS = 1000;
const NEWLINE = Buffer.of(10);

export interface FollowedSurroundings {
  file(): LogFile;
  emit(event: LogEvent): void;
  gate: Gate;
  /** Where the position is written down. */
  record: string;
}

/**
 * The log of an instance whose lines come from elsewhere (an engine, a journal), which keeps them: what is not in the file yet
 * when the daemon dies is asked for again. After each batch the position is written down, and no other batch is begun before; so
 * the next daemon finds at most one batch too many, and takes it out.
 */
export class FollowedLog implements Source {
  readonly instance: InstanceId;
  readonly service: string;
  logging: LoggingPlan | null = null;
  readonly #around: FollowedSurroundings;
  readonly #tail = new Tail();
  #position: Promise<Position | null> | null = null;
  /** The place behind the newest line that this daemon took; null: it took none. */
  #taken: string | null = null;
  #incarnation = 0;
  #pattern: RegExp | null = null;
  #waiting: FollowedLine[] = [];
  #bytes = 0;
  /** Being written. */
  #lines: FollowedLine[] = [];
  #working = false;
  #room = Promise.withResolvers<void>();
  #problem: string | null = null;
  #closed = false;
  batch: Buffer = Buffer.alloc(0);
  place: Source['place'] = null;

  constructor(instance: InstanceId, service: string, around: FollowedSurroundings) {
    this.instance = instance;
    this.service = service;
    this.#around = around;
  }

  /**
   * Up to where lines were taken: from here on they are to come. At first that is how far the file has them; what a dead daemon left
   * beyond is taken out. Null: nothing was written down.
   */
  async position(): Promise<string | null> {
    // What was taken and still waits for the disk must not come again.
    if (this.#taken !== null) return this.#taken;
    this.#position ??= this.#around.gate.run(async () => {
      const position = await readPosition(this.#around.record);
      if (position !== null) await cutBack(this.#around.file().path, position);
      return position;
    });
    return (await this.#position)?.cursor ?? null;
  }

  /** Begins at a place of the source, before any line. */
  async beginAt(cursor: string): Promise<void> {
    const { inode, size } = await this.#around.gate.run(() => inodeOf(this.#around.file().path));
    await this.#note({ inode, end: size, cursor });
    this.#taken = cursor;
  }

  /** Takes lines; resolves when there is room for more. */
  async feed(lines: readonly FollowedLine[]): Promise<void> {
    for (const line of lines.flatMap((one) => this.#pieces(one))) {
      this.#waiting.push(line);
      this.#bytes += line.text.length + 1;
    }
    this.#taken = lines.at(-1)?.cursor ?? this.#taken;
    this.#work();
    while (this.#bytes > MOST_WAITING && !this.#closed) await this.#room.promise;
  }

  /** A line that is longer than the plan allows. */
  #pieces(line: FollowedLine): FollowedLine[] {
    const most = this.logging?.maxLine ?? Infinity;
    if (line.text.length <= most) return [line];
    const pieces: FollowedLine[] = [];
    for (let at = 0; at < line.text.length; at += most) {
      const partial = line.partial || at + most < line.text.length;
      pieces.push({ ...line, text: line.text.subarray(at, at + most), partial });
    }
    return pieces;
  }

  #work(): void {
    if (this.#working || this.#waiting.length === 0) return;
    this.#working = true;
    this.#lines = this.#waiting;
    this.#waiting = [];
    this.batch = Buffer.concat(this.#lines.flatMap(({ text }) => [text, NEWLINE]));
    this.#tail.push(this.batch);
    this.#around.file().enqueue(this);
  }

  assign(inode: number, offset: number): void {
    this.place = { inode, offset };
  }

  written(offset: number): Mark[] {
    const end = offset + this.batch.length;
    const inode = this.place?.inode ?? 0;
    let at = offset;
    const marks = this.#lines.map(({ text, time, stream, partial }): Mark => {
      const mark = { offset: at, length: text.length + 1, time, stream, incarnation: this.#incarnation, instance: 0 };
      at += mark.length;
      return { ...mark, flags: partial ? MARK.cut : 0 };
    });
    const lines = this.#lines;
    void this.#note({ inode, end, cursor: lines.at(-1)?.cursor ?? '' }).then(() => {
      this.place = null;
      this.#working = false;
      this.#bytes -= this.batch.length;
      this.#lines = [];
      this.#room.resolve();
      this.#room = Promise.withResolvers();
      this.#look(lines);
      this.#work();
    });
    return marks;
  }

  /** Goes on trying: without it, lines would come twice. */
  async #note(position: Position): Promise<void> {
    for (;;) {
      try {
        await this.#around.gate.run(() => writePosition(this.#around.record, position));
        this.#problem = null;
        return;
      } catch (error) {
        this.#problem = `cannot write down how far the log of ${this.service} has come: ${(error as Error).message}`;
        if (this.#closed) return;
        await new Promise((resolve) => {
          setTimeout(resolve, RETRY_MS);
        });
      }
    }
  }

  #look(lines: readonly FollowedLine[]): void {
    for (const { text } of lines) {
      const line = text.toString('utf8');
      if (this.#pattern?.test(line) !== true) continue;
      this.#around.emit({ type: 'log-matched', instance: this.instance, incarnation: this.#incarnation, line });
      this.#pattern = null;
    }
  }

  begin(incarnation: number): void {
    this.#incarnation = incarnation;
  }

  watchFor(pattern: string | null): void {
    this.#pattern = pattern === null ? null : new RegExp(pattern, 'u');
  }

  tail(count: number): string[] {
    return this.#tail.lines(count);
  }

  get idle(): boolean {
    return !this.#working && this.#waiting.length === 0;
  }

  get problems(): string[] {
    return this.#problem === null ? [] : [this.#problem];
  }

  /** Nobody waits for it any more. */
  close(): void {
    this.#closed = true;
    this.#room.resolve();
  }
}
