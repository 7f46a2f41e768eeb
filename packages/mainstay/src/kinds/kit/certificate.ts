import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Verdict } from './verdict.ts';

const DAY_MS = 86_400_000;

/** Times before the end of a certificate, in milliseconds. */
export interface Expiry {
  warn: number;
  urgent: number;
  fail?: number | undefined;
}

/** What OpenSSL and Node call what is wrong with a certificate, in words. */
const WRONG: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by nobody but itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of the certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the chain of certificates is not complete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the chain of certificates is not complete, or its authority is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the chain of certificates is not complete, or its authority is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for other names',
};

/** What makes a handshake's certificate one not to trust, in words; null when it is trusted. Needs `rejectUnauthorized: false`. */
export function distrust(socket: TLSSocket): string | null {
  if (socket.authorized) return null;
  // The types promise an Error; what comes is a code, or an Error with one.
  const error: unknown = socket.authorizationError;
  const code = typeof error === 'string' ? error : String((error as { code?: unknown } | null)?.code ?? '');
  return WRONG[code] ?? `the certificate is not trusted (${code})`;
}

/** The certificate of the other side, and the others that it sent along. */
export function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let one = socket.getPeerX509Certificate(); one !== undefined; one = one.issuerCertificate) {
    // An authority that signs itself is its own issuer.
    if (chain.some(({ fingerprint256 }) => fingerprint256 === one?.fingerprint256)) break;
    chain.push(one);
  }
  return chain;
}

/** Complains about what expires soon; days until the first one of the chain does, rounded down, negative when it has. */
export function judgeExpiry(chain: X509Certificate[], expiry: Expiry, wallMs: number, verdict: Verdict): number | null {
  const ends = chain.map(({ validToDate }) => validToDate.getTime());
  const [own] = ends;
  if (own === undefined) return null;
  const left = Math.min(...ends) - wallMs;
  const days = Math.floor(left / DAY_MS);
  const whose = own === Math.min(...ends) ? 'the certificate' : 'a certificate of its chain';
  const when = left < 0 ? `${whose} has expired` : `${whose} expires in ${days} days`;
  if (left < 0 || left <= (expiry.fail ?? 0)) verdict.complain('fail', when);
  else if (left <= expiry.urgent) verdict.complain('warn', `${when}: renew it now`);
  else if (left <= expiry.warn) verdict.complain('warn', when);
  return days;
}
