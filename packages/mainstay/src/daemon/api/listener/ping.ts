import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MainstayError } from '@mainstay/protocol';
import type { Ping } from '../../../core/heartbeat/beat.ts';
import { messageOf, reportBeat } from '../heartbeats.ts';
import { sendJson } from '../http.ts';
import type { AnswerPorts } from '../ports.ts';

/** As much of a body is read; what a job has to say in one line is in there. */
const MAX_BODY_BYTES = 4_096;

/** The secret of one heartbeat. */
export interface PingSecret {
  name: string;
  secret: string;
}

/** `/ping/SECRET`, `/ping/SECRET/start`, `/ping/SECRET/fail`, `/ping/SECRET/EXIT_CODE`, or null: it is something else. */
export function pingOfPath(path: string): { secret: string; ping: Omit<Ping, 'message'> } | null {
  const [, secret, what = 'success'] = /^\/ping\/([\w-]{1,100})(?:\/(start|success|fail|\d{1,3}))?$/.exec(path) ?? [];
  if (secret === undefined) return null;
  if (!/^\d/.test(what)) return { secret, ping: { signal: what as Ping['signal'], code: null } };
  const code = Number(what);
  return { secret, ping: { signal: code === 0 ? 'success' : 'fail', code } };
}

/**
 * A job reports over the network: the secret in the address says which.
 * @throws MainstayError `not-found`, which repeats nothing of the address
 */
export async function answerPing(
  request: IncomingMessage,
  response: ServerResponse,
  { daemon, clock }: AnswerPorts,
  { secret, ping }: NonNullable<ReturnType<typeof pingOfPath>>,
  secretsOf: (names: readonly string[]) => Promise<readonly PingSecret[]>,
): Promise<void> {
  const names = [...daemon.coordinator.world.checks.values()].flatMap(({ plan, beat }) => (beat ? [plan.name] : []));
  const name = matching(secret, await secretsOf(names));
  if (name === null) throw new MainstayError('not-found', 'cannot report: no heartbeat has this address');
  const message = messageOf(await beginning(request));
  const isWritten = await reportBeat(daemon, clock, name, { ...ping, message });
  sendJson(response, isWritten ? 200 : 202, { status: 'ok', written: isWritten });
}

/** Compares with every secret, each in constant time. */
function matching(presented: string, secrets: readonly PingSecret[]): string | null {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = hash(presented);
  let found: string | null = null;
  for (const { name, secret } of secrets) if (timingSafeEqual(wanted, hash(secret))) found = name;
  return found;
}

/** The beginning of a body; the rest is taken and dropped. */
function beginning(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const done = (): void => resolve(Buffer.concat(parts).toString('utf8').slice(0, MAX_BODY_BYTES));
    request.on('data', (part: Buffer) => {
      if (size < MAX_BODY_BYTES) parts.push(part.subarray(0, MAX_BODY_BYTES - size));
      size += part.length;
    });
    request.once('end', done);
    request.once('error', reject);
  });
}
