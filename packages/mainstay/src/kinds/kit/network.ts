import type { ObservationStatus } from '@mainstay/protocol';

/** Errors that say something about this machine or its resolver, not about what is being checked. */
const NOT_ABOUT_THE_TARGET: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name could not be resolved',
  EAI_AGAIN: 'the resolver did not answer',
  EAI_NODATA: 'the name has no address',
  EAI_NONAME: 'the name could not be resolved',
  EAI_FAIL: 'the resolver failed',
  EAI_FAMILY: 'the name has no address of this family',
  EAI_MEMORY: 'the resolver is out of memory',
  EACCES: 'connecting is not permitted',
  EPERM: 'connecting is not permitted',
  EMFILE: 'mainstay has too many open files',
  ENFILE: 'this machine has too many open files',
  ENOMEM: 'this machine is out of memory',
  ENOBUFS: 'this machine is out of network buffers',
  EADDRNOTAVAIL: 'this machine has no address or port left to connect from',
  ENETUNREACH: 'this machine has no route to the network',
  ENETDOWN: 'the network of this machine is down',
};

const ABOUT_THE_TARGET: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'the host cannot be reached',
  EHOSTDOWN: 'the host is down',
  ETIMEDOUT: 'connecting timed out',
  ENOENT: 'there is no such socket',
};

/** Node refused to send what it was given, for example a header with a line break in it. */
const NEVER_SENT = /^ERR_(INVALID|UNESCAPED|HTTP_INVALID)/;

/** What is waited for while a name is being resolved: a resolver that does not answer says nothing about the target. */
export const THE_ADDRESS = 'the address';

/** The check itself cannot be made as it is written: its result is `unknown`. */
export class UnusableTarget extends Error {}

/** What an error of a connection means. Never contains more of the target than Node put into the text of an unknown error. */
export function connectionError(error: unknown): { status: ObservationStatus; message: string } {
  const code = codeOf(error);
  const ours = NOT_ABOUT_THE_TARGET[code];
  if (ours !== undefined) return { status: 'unknown', message: ours };
  if (NEVER_SENT.test(code)) return { status: 'unknown', message: 'this is not something that can be requested' };
  const theirs = ABOUT_THE_TARGET[code];
  if (theirs !== undefined) return { status: 'fail', message: theirs };
  const tls = tlsReason(error);
  if (tls !== null) return { status: 'fail', message: tls };
  // Node adds advice to the errors of certificates after a semicolon.
  return { status: 'fail', message: (error instanceof Error ? error.message : String(error)).split('; ')[0]! };
}

/** What OpenSSL says went wrong, without its numbers and source files; null for other errors. */
function tlsReason(error: unknown): string | null {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_') || typeof reason !== 'string') return null;
  return code === 'ERR_SSL_WRONG_VERSION_NUMBER' ? 'what answers there does not speak TLS' : `TLS failed: ${reason}`;
}

/**
 * The system's code. Of several addresses that were tried, one that says something about the target: a machine without IPv6
 * has no address to try the first one from.
 */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(codeOf);
    return codes.find((code) => code in ABOUT_THE_TARGET) ?? codes[0] ?? '';
  }
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
