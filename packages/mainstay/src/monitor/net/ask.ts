import { request as plain, type IncomingMessage } from 'node:http';
import type { Ballot, Ballots } from '../../core/quorum/index.ts';
import type { Answer, Question } from '../ports.ts';
import { FROM, NONCE, SIGNATURE, isSame, newNonce, signAnswer, signQuestion } from './sign.ts';

/** One question or report may take this long, ms. */
const DEADLINE_MS = 5_000;
/** Bytes of an answer that are read. */
const LIMIT = 1_048_576;

/** Asks another monitor for what it thinks. Never rejects. */
export async function ask({ url, key, from, about }: Question): Promise<Answer> {
  const where = URL.parse('/verdicts', url);
  if (where === null) return { why: 'its url is none' };
  for (const name of about) where.searchParams.append('about', name);
  const nonce = newNonce();
  const signature = signQuestion(key, nonce, from, where.pathname + where.search);
  try {
    const answer = await send(where, 'GET', { [NONCE]: nonce, [FROM]: from, [SIGNATURE]: signature });
    if (answer.status === 403) return { why: 'it has another key' };
    if (answer.status !== 200) return { why: `it answers with status ${answer.status}` };
    if (!isSame(answer.signature, signAnswer(key, nonce, answer.body)))
      return { why: 'its answer is not signed with the key' };
    const ballots = readBallots(answer.body);
    return ballots === null ? { why: 'its answer cannot be read' } : { ballots };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

/** Reports in with an empty POST. @returns null when it arrived, otherwise why not */
export async function beat(url: string): Promise<string | null> {
  const where = URL.parse(url);
  if (where === null) return 'its address is no URL';
  try {
    const { status } = await send(where, 'POST', { 'content-length': '0' });
    return status >= 200 && status < 300 ? null : `it is answered with status ${status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

interface Reply {
  status: number;
  signature: string | undefined;
  body: string;
}

/** Over a connection of its own, closed again whatever happens. */
async function send(where: URL, method: string, headers: Record<string, string>): Promise<Reply> {
  const request = where.protocol === 'https:' ? (await import('node:https')).request : plain;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(where, { method, headers, agent: false, signal }).once('response', resolve).once('error', reject).end();
  });
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LIMIT) throw new Error('the answer is too long');
    parts.push(part);
  }
  const signature = response.headers[SIGNATURE];
  return {
    status: response.statusCode ?? 0,
    signature: typeof signature === 'string' ? signature : undefined,
    body: Buffer.concat(parts).toString('utf8'),
  };
}

const OPINIONS: readonly unknown[] = ['down', 'warn', 'up', 'none'] satisfies Ballot['opinion'][];
const CLAIMS: readonly unknown[] = ['none', 'wanted', 'held'] satisfies Ballot['claim'][];

function readBallots(body: string): Ballots | null {
  let ballots: unknown;
  try {
    ballots = (JSON.parse(body) as { ballots?: unknown } | null)?.ballots;
  } catch {
    return null;
  }
  if (typeof ballots !== 'object' || ballots === null) return null;
  const isEach = Object.values(ballots).every(
    (one: Partial<Ballot> | null) => OPINIONS.includes(one?.opinion) && CLAIMS.includes(one?.claim),
  );
  return isEach ? (ballots as Ballots) : null;
}

/** Without the address, which may hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${DEADLINE_MS / 1000} s`;
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
