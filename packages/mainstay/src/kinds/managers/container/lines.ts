import type { FollowedLine } from '../../../ports/index.ts';
import { Frames, openStream, type Container, type Frame } from '../../kit/engine/index.ts';
import { Reading, readPlace, sinceOf, type Place } from './place.ts';

/** A line is handed on in pieces of this many bytes when it does not end. */
const MOST_OF_A_LINE = 256 * 1024;
const NEWLINE = 10;
const BLANK = 32;

/** Reads what a container writes behind a place, until it ends. */
export async function readLines(
  socket: string,
  { id, terminal }: Container,
  from: string,
  take: (lines: readonly FollowedLine[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const place = readPlace(from);
  const query = `follow=1&stdout=1&stderr=1&timestamps=1&since=${sinceOf(place)}`;
  const incoming = await openStream(socket, `/containers/${encodeURIComponent(id)}/logs?${query}`, signal);
  const frames = new Frames(terminal);
  const assembly = new Assembly(place);
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const lines = frames.push(chunk).flatMap((frame) => assembly.push(frame));
    if (lines.length > 0) await take(lines);
  }
}

/** Puts lines together from pieces with times before them; those that were read before are left out. */
export class Assembly {
  readonly #readings: Record<'out' | 'err', Reading>;
  readonly #rest: Record<'out' | 'err', Buffer[]> = { out: [], err: [] };
  /** Where the whole lines of each stream end: a line that is not complete is read again. */
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = { ...place };
    this.#readings = { out: new Reading(place.out), err: new Reading(place.err) };
  }

  push({ stream, payload }: Frame): FollowedLine[] {
    const blank = payload.indexOf(BLANK);
    const time = payload.toString('latin1', 0, blank);
    const wall = Date.parse(time);
    if (blank === -1 || !Number.isFinite(wall)) return [];
    const reading = this.#readings[stream];
    if (reading.isOld(time)) return [];
    const ends = payload.at(-1) === NEWLINE;
    const rest = this.#rest[stream];
    rest.push(payload.subarray(blank + 1, ends ? -1 : undefined));
    const length = rest.reduce((sum, piece) => sum + piece.length, 0);
    if (!ends && length < MOST_OF_A_LINE) return [];
    this.#rest[stream] = [];
    this.#place[stream] = reading.mark;
    const text = withoutReturn(Buffer.concat(rest));
    return [{ text, stream, time: wall, cursor: JSON.stringify(this.#place), partial: !ends }];
  }
}

/** A terminal ends its lines with both. */
function withoutReturn(text: Buffer): Buffer {
  return text.at(-1) === 13 ? text.subarray(0, -1) : text;
}
