import type { Io } from '../framework/index.ts';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface End extends Disposable {
  /** The first wish to end. */
  first: Promise<void>;
  /** The second. */
  second: Promise<void>;
}

/**
 * Takes Ctrl-C, SIGTERM and SIGHUP as wishes to end, until disposed. A reader of the output that goes
 * away is a first wish, never a second: it often goes by the same Ctrl-C.
 */
export function listenForEnd(io: Pick<Io, 'onReaderGone'>): End {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let wishes = 0;
  const wish = (): void => {
    wishes++;
    (wishes === 1 ? first : second).resolve();
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
