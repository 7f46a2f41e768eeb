import { request, type IncomingMessage } from 'node:http';
import { refusal } from './ask.ts';

/** The longest answer of an engine that says why it does not stream, bytes. */
const MOST_OF_A_REFUSAL = 64 * 1024;

/** Opens an answer that goes on until it ends or the signal. Rejects with the error of the connection, or what the engine says. */
export function openStream(socket: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, path, headers: { host: 'engine' }, agent: false, signal });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      // Whoever reads it is told by its end; the request itself has nothing more to say.
      outgoing.on('error', () => undefined);
      if (incoming.statusCode === 200) return resolve(incoming);
      void refused(incoming).then(reject, reject);
    });
    outgoing.end();
  });
}

async function refused(incoming: IncomingMessage): Promise<Error> {
  let body = '';
  for await (const chunk of incoming.setEncoding('utf8') as AsyncIterable<string>) {
    if (body.length < MOST_OF_A_REFUSAL) body += chunk;
  }
  return new Error(refusal({ status: incoming.statusCode ?? 0, body }));
}

/** A piece of what a container wrote. */
export interface Frame {
  stream: 'out' | 'err';
  payload: Buffer;
}

/**
 * The frames of a stream of a container (https://docs.docker.com/reference/api/engine/, ContainerAttach): a byte for the stream,
 * three of nothing, the length as four bytes, big-endian. What a terminal wrote has none: there a line is a piece.
 */
export class Frames {
  readonly #terminal: boolean;
  #rest: Buffer = Buffer.alloc(0);

  constructor(terminal: boolean) {
    this.#terminal = terminal;
  }

  /** The whole frames that there are with these bytes. */
  push(bytes: Buffer): Frame[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    let at = 0;
    for (let end = this.#end(all, at); end !== -1; end = this.#end(all, at)) {
      frames.push(
        this.#terminal
          ? { stream: 'out', payload: all.subarray(at, end) }
          : { stream: all[at] === 2 ? 'err' : 'out', payload: all.subarray(at + 8, end) },
      );
      at = end;
    }
    this.#rest = Buffer.from(all.subarray(at));
    return frames;
  }

  /** Where the frame that begins at `at` ends; -1: not here. */
  #end(all: Buffer, at: number): number {
    if (this.#terminal) {
      const newline = all.indexOf(10, at);
      return newline === -1 ? -1 : newline + 1;
    }
    if (all.length < at + 8) return -1;
    const end = at + 8 + all.readUInt32BE(at + 4);
    return end > all.length ? -1 : end;
  }
}
