import type { ClientRequest } from 'node:http';

/**
 * Ends a request whatever becomes of it: by what is returned, by the signal or by an error of its connection, which both reject.
 * Afterwards neither a listener nor a connection is left.
 */
export function settling(
  outgoing: ClientRequest,
  signal: AbortSignal,
  reject: (reason: unknown) => void,
): (end: () => void) => void {
  const settle = (end: () => void): void => {
    signal.removeEventListener('abort', onAbort);
    outgoing.destroy();
    end();
  };
  const onAbort = (): void => settle(() => reject(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  outgoing.on('error', (error) => settle(() => reject(error)));
  return settle;
}
