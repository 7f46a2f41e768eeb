import { createHash } from 'node:crypto';
import { createServer, connect } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Attempt, Holder } from './index.ts';
import { holderPid } from './socket-holder.ts';

/** How long a holder may take to say who it is, milliseconds. */
const ANSWER_MS = 2000;
/**
 * A name that is taken and where nobody listens: its holder just ended, or has bound it and not come to `listen` yet (a
 * process can lose the processor between the two). Asked again until this has passed, milliseconds.
 */
const FREE_MS = 2000;
const AGAIN_MS = 10;
/** Longer answers are not a holder's. */
const MAX_ANSWER = 16_384;

/**
 * A lock by a listening socket in Linux' abstract namespace: the kernel lets one process have the name, takes it back when the
 * process ends however it ends, and no file can be deleted or left behind. Whoever connects is told who holds it.
 */
export async function lockBySocket(self: Holder): Promise<Attempt> {
  const name = socketName(self.stateDir);
  for (let waited = 0; ; waited += AGAIN_MS) {
    const server = await listen(name, `${JSON.stringify(self)}\n`);
    if (server !== null) {
      return { lock: { release: () => new Promise((resolve) => server.close(() => resolve())) } };
    }
    const answer = await ask(name);
    if (answer === 'free' && waited < FREE_MS) {
      await setTimeout(AGAIN_MS);
      continue;
    }
    if (typeof answer === 'object') return { holder: answer };
    const pid = holderPid(name);
    return {
      holder: pid === null ? null : { pid, startedAt: '', version: '(does not answer)', stateDir: self.stateDir },
    };
  }
}

/** Abstract names begin with a zero byte and may be 107 bytes long. */
export function socketName(stateDir: string): string {
  return `\0mainstay-${createHash('sha256').update(stateDir).digest('hex')}`;
}

/** Null when another process has the name. */
function listen(name: string, greeting: string): Promise<Server | null> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(greeting);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen({ path: name, exclusive: true }, () => {
      // A lock does not keep its process alive.
      server.unref();
      resolve(server);
    });
  });
}

/** Asks the holder. `free`: there is none any more; `silent`: it does not answer. */
function ask(name: string): Promise<Holder | 'free' | 'silent'> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ path: name });
    const finish = (answer: Holder | 'free' | 'silent'): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => finish('silent'));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'EAGAIN' ? 'silent' : 'free'));
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > MAX_ANSWER) finish('silent');
    });
    socket.on('end', () => finish(text === '' ? 'free' : (parseHolder(text) ?? 'silent')));
  });
}

export function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    const { pid, startedAt, version, stateDir } = value ?? {};
    if (typeof pid !== 'number' || typeof startedAt !== 'string') return null;
    if (typeof version !== 'string' || typeof stateDir !== 'string') return null;
    return { pid, startedAt, version, stateDir };
  } catch {
    return null;
  }
}
