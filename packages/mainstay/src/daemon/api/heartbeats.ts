import { MainstayError, type HeartbeatRequest } from '@mainstay/protocol';
import { SIGNALS, type Ping } from '../../core/heartbeat/beat.ts';
import type { Clock } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import { withDeadline } from '../deadline.ts';

/** Longest message that is kept, in characters. */
const LONGEST_MESSAGE = 200;

/**
 * A job reports.
 * @returns whether that is on the disk already
 * @throws MainstayError `unknown-check` when nothing waits for it
 */
export async function reportBeat(daemon: Daemon, clock: Clock, check: string, ping: Ping): Promise<boolean> {
  if (daemon.coordinator.world.checks.get(check)?.beat === undefined) {
    const hint = `add checks: { ${check}: { heartbeat: 24h } }`;
    throw new MainstayError('unknown-check', `cannot report to ${check}: there is no such heartbeat`, hint);
  }
  daemon.post({ type: 'pinged', check, ...ping });
  return withDeadline(daemon.commit(), clock, 'the state disk does not answer').then(
    () => true,
    () => false,
  );
}

/** @throws MainstayError `usage` */
export function pingOfRequest({ signal, code = null, message = '' }: Partial<HeartbeatRequest>): Ping {
  const known = SIGNALS.find((one) => one === signal);
  if (known === undefined || (code !== null && !Number.isInteger(code)) || typeof message !== 'string')
    throw new MainstayError('usage', `cannot read the request: its "signal" is one of ${SIGNALS.join(', ')}`);
  return { signal: known, code, message: messageOf(message) };
}

/** The last line that says something, cut. */
export function messageOf(text: string): string {
  // eslint-disable-next-line no-control-regex
  const lines = text.split('\n').map((line) => line.replaceAll(/[\u0000-\u0020\u007f-\u009f]+/g, ' ').trim());
  return (lines.findLast((line) => line !== '') ?? '').slice(0, LONGEST_MESSAGE);
}
