/**
 * How monitors know each other without sending their key: a question carries a number that is used once, and is signed; the answer is signed
 * together with that number. So nobody else can ask or answer, nor send an old answer again, also where nothing is encrypted.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Headers of a question. */
export const NONCE = 'x-mainstay-nonce';
export const FROM = 'x-mainstay-from';
/** Of question and answer: hexadecimal HMAC-SHA-256. */
export const SIGNATURE = 'x-mainstay-signature';

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** @param path of the request, with its query */
export function signQuestion(key: string, nonce: string, from: string, path: string): string {
  return sign(key, 'question', nonce, from, path);
}

export function signAnswer(key: string, nonce: string, body: string): string {
  return sign(key, 'answer', nonce, body);
}

/** In a time that says nothing of either. */
export function isSame(given: string | undefined, expected: string): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function sign(key: string, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(parts.join('\n')).digest('hex');
}
