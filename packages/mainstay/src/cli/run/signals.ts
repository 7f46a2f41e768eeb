import type { Io } from '../framework/index.ts';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Nobody presses Ctrl-C twice within this time; a terminal and the init of a container both pass the same one on. Milliseconds. */
const SAME_WISH_MS = 100;

export interface End extends Disposable {
  /** The first wish to end. */
  first: Promise<void>;
  /** The second. */
  second: Promise<void>;
}

/**
 * Takes Ctrl-C, SIGTERM, SIGHUP and SIGQUIT as wishes to end, until disposed. A reader of the output that goes
 * away is a first wish, never a second: it often goes by the same Ctrl-C.
 */
export function listenForEnd(io: Pick<Io, 'onReaderGone'>): End {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  const wish = (): void => {
    const now = performance.now();
    if (firstAt === null) first.resolve();
    else if (now - firstAt > SAME_WISH_MS) second.resolve();
    firstAt ??= now;
  };
  for (const signal of ENDING) process.on(signal, wish);
  const deaf = io.onReaderGone(() => first.resolve());
  return {
    first: first.promise,
    second: second.promise,
    [Symbol.dispose]: () => {
      for (const signal of ENDING) process.off(signal, wish);
      deaf();
    },
  };
}
