import { OBSERVATIONS, type ObservationStatus, type Subject } from '@mainstay/protocol';
import { HOUR_MS } from './counts.ts';

/** Results of many checks within one hour, in the order in which they came: a few bytes each. */
export interface SamplePack {
  /** Hours since the epoch. */
  hour: number;
  /** UTC ms of the first and the last one. */
  from: number;
  to: number;
  /** What the numbers in `data` mean. */
  subjects: Subject[];
  /**
   * For each result three whole numbers of seven bits a byte, the lowest first, all bytes but the last with their highest
   * bit set: which subject; ms since the one before, where 0, 1, 2, 3 … mean 0, -1, 1, -2 …; and 4 × µs + status.
   */
  data: Uint8Array<ArrayBuffer>;
}

export interface Sample {
  subject: Subject;
  /** UTC ms. */
  at: number;
  status: ObservationStatus;
  /** µs. */
  latency: number;
}

/** Nothing takes longer: 2^28 µs are four minutes. */
const LONGEST_US = 2 ** 28 - 1;
/** Results of at most this many bytes are gathered before they are to be written. */
const FULL = 256 * 1024;

/** Gathers results until somebody writes them down. */
export class SamplePacker {
  #packs: SamplePack[] = [];
  #bytes = new Bytes();
  #numbers = new Map<Subject, number>();
  #hour = -1;
  #from = 0;
  #last = 0;

  /** UTC ms of the first result that is not written down; null: there is none. */
  get since(): number | null {
    return this.#packs[0]?.from ?? (this.#bytes.length === 0 ? null : this.#from);
  }

  /** So many wait that they should be written now. */
  get isFull(): boolean {
    return this.#bytes.length > FULL;
  }

  /** @param at UTC ms */
  add(subject: Subject, at: number, status: ObservationStatus, latencyMs: number): void {
    const moment = Math.round(at);
    const hour = Math.floor(moment / HOUR_MS);
    if (hour !== this.#hour) this.#close();
    if (this.#bytes.length === 0) {
      this.#hour = hour;
      this.#from = moment;
      this.#last = moment;
    }
    let number = this.#numbers.get(subject);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(subject, number);
    }
    const step = moment - this.#last;
    const latency = Math.min(LONGEST_US, Math.max(0, Math.round(latencyMs * 1000)));
    this.#bytes.add(number);
    this.#bytes.add(step >= 0 ? step * 2 : -step * 2 - 1);
    this.#bytes.add(latency * 4 + OBSERVATIONS.indexOf(status));
    this.#last = moment;
  }

  /** What was gathered, for whoever writes it down. */
  take(): SamplePack[] {
    this.#close();
    const packs = this.#packs;
    this.#packs = [];
    return packs;
  }

  #close(): void {
    if (this.#bytes.length === 0) return;
    const subjects = [...this.#numbers.keys()];
    this.#packs.push({ hour: this.#hour, from: this.#from, to: this.#last, subjects, data: this.#bytes.copy() });
    this.#bytes = new Bytes();
    this.#numbers = new Map();
  }
}

/** The results of a pack, in their order. */
export function* unpackSamples({ from, subjects, data }: SamplePack): Generator<Sample> {
  const reader = new Reader(data);
  let at = from;
  while (!reader.isAtEnd) {
    const subject = subjects[reader.next()];
    const step = reader.next();
    at += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    const last = reader.next();
    const status = OBSERVATIONS[last % 4];
    if (subject !== undefined && status !== undefined) yield { subject, at, status, latency: Math.floor(last / 4) };
  }
}

/** Buckets as bytes: for each, in order, how far it is from the one before, and how many there were. */
export function packBuckets(buckets: ReadonlyMap<number, number>): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes();
  let before = 0;
  for (const [bucket, many] of [...buckets].sort(([a], [b]) => a - b)) {
    bytes.add(bucket - before);
    bytes.add(many);
    before = bucket;
  }
  return bytes.copy();
}

/** Adds what was packed to the buckets. A bucket that holds none ends what was packed once, and the next begins. */
export function unpackBuckets(data: Uint8Array, into: Map<number, number>): void {
  const reader = new Reader(data);
  for (let bucket = 0; !reader.isAtEnd;) {
    bucket += reader.next();
    const many = reader.next();
    if (many === 0) bucket = 0;
    else into.set(bucket, (into.get(bucket) ?? 0) + many);
  }
}

/** Bytes that become more. */
class Bytes {
  #bytes = new Uint8Array(64);
  length = 0;

  /** A whole number from 0 on. */
  add(value: number): void {
    if (this.length + 8 > this.#bytes.length) {
      const more = new Uint8Array(this.#bytes.length * 2);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.length++] = rest;
  }

  copy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}

class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  /** The next number; what is cut off at the end counts as far as it goes. */
  next(): number {
    let value = 0;
    for (let unit = 1; this.#at < this.#data.length; unit *= 128) {
      const byte = this.#data[this.#at++] ?? 0;
      value += (byte % 128) * unit;
      if (byte < 128) break;
    }
    return value;
  }
}
