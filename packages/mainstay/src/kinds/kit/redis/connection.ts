import type { Socket } from 'node:net';
import { openSocket } from '../socket.ts';
import type { Progress } from '../socket.ts';
import type { RedisAddress } from './address.ts';
import { NotRedis, RedisError, readReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** Longest answer that is read, in bytes. */
const LONGEST = 4 * 1_048_576;

export interface RedisOptions {
  address: RedisAddress;
  /** Certificates of authorities to trust, in PEM form; undefined: those that Node trusts. */
  authorities: string | undefined;
  signal: AbortSignal;
  progress: Progress;
}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
}

/** One connection; commands are answered in order. Everything rejects once the signal has come or the connection is lost. */
export class RedisConnection {
  private readonly socket: Socket;
  private readonly options: RedisOptions;
  private readonly waiting: Waiting[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private lost: { reason: unknown } | null = null;
  private readonly onAbort = (): void => this.lose(this.options.signal.reason);

  private constructor(socket: Socket, options: RedisOptions) {
    this.socket = socket;
    this.options = options;
    options.signal.addEventListener('abort', this.onAbort, { once: true });
    if (options.signal.aborted) this.onAbort();
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.lose(error));
    socket.on('close', () => this.lose(Object.assign(new Error('the connection was closed'), { code: 'EPIPE' })));
  }

  /**
   * Connects, and says who it is and which database it means.
   *
   * @throws RedisError when Redis refuses that
   */
  static async open(options: RedisOptions): Promise<RedisConnection> {
    const { address, authorities, signal, progress } = options;
    const tls = address.tls ? (authorities === undefined ? {} : { ca: authorities }) : null;
    const connection = new RedisConnection(await openSocket(address.endpoint, tls, signal, progress), options);
    try {
      const { user, password, database } = address;
      if (password !== null) await connection.ask('AUTH', ...(user === null ? [] : [user]), password);
      if (database !== 0) await connection.ask('SELECT', String(database));
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * The answer to a command.
   *
   * @throws RedisError when Redis refuses the command
   */
  async ask(...words: string[]): Promise<Exclude<Reply, RedisError>> {
    this.options.progress.waitingFor = `the answer to ${words[0]}`;
    const reply = await new Promise<Reply>((resolve, reject) => {
      if (this.lost !== null) return reject(this.lost.reason);
      this.waiting.push({ resolve, reject });
      this.socket.write(encoded(words));
    });
    if (reply instanceof RedisError) throw reply;
    return reply;
  }

  close(): void {
    this.lose(new Error('closed'));
  }

  private take(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    try {
      let from = 0;
      for (let read = readReply(this.bytes, 0); read !== null; read = readReply(this.bytes, from)) {
        from = read.next;
        const asked = this.waiting.shift();
        // A server that is full says so before it is asked anything, and closes.
        if (asked === undefined) this.lose(read.reply instanceof RedisError ? read.reply : new NotRedis());
        else asked.resolve(read.reply);
      }
      this.bytes = this.bytes.subarray(from);
      if (this.bytes.length > LONGEST) throw new NotRedis();
    } catch (error) {
      this.lose(error);
    }
  }

  private lose(reason: unknown): void {
    if (this.lost !== null) return;
    this.lost = { reason };
    this.options.signal.removeEventListener('abort', this.onAbort);
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }
}

/** A command as Redis reads it: a list of texts. */
function encoded(words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
