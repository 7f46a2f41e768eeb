import type { ObservationStatus } from '@mainstay/protocol';
import type { Observation, ProbeContext } from '../../ports/index.ts';
import { THE_ADDRESS, UnusableTarget, connectionError } from './network.ts';
import type { Progress } from './socket.ts';

/** Longest message of an observation, in characters. */
export const MESSAGE_LIMIT = 300;

/** Makes the observations of one run: they all carry the time since it began. */
export class Report {
  private readonly context: ProbeContext;
  private readonly startedAt: number;

  constructor(context: ProbeContext) {
    this.context = context;
    this.startedAt = context.monotonicMs();
  }

  /** Milliseconds since the run began. */
  elapsed(): number {
    return this.context.monotonicMs() - this.startedAt;
  }

  observe(status: ObservationStatus, message: string, data?: Observation['data']): Observation {
    const observation = { status, message: oneLine(message), latencyMs: Math.round(this.elapsed() * 10) / 10 };
    return data === undefined ? observation : { ...observation, data };
  }

  /**
   * After the signal: `fail` when time ran out, for not to answer is to be broken; `unknown` when nobody wants the result any more.
   *
   * @param waitingFor what was still missing, for example "an answer"
   */
  aborted(waitingFor: string, data?: Observation['data']): Observation {
    if (!this.timedOut()) return this.observe('unknown', `cancelled while waiting for ${waitingFor}`, data);
    return this.observe('fail', `${waitingFor} did not come within ${seconds(this.context.timeoutMs)}`, data);
  }

  /**
   * What an error of a connection means, or of the deadline that passed.
   *
   * @param where the target, for people
   */
  broken(error: unknown, where: string, { waitingFor }: Progress, data?: Observation['data']): Observation {
    if (this.context.signal.aborted) {
      const observation = this.aborted(`${where}: ${waitingFor}`, data);
      return waitingFor === THE_ADDRESS ? { ...observation, status: 'unknown' } : observation;
    }
    if (error instanceof UnusableTarget) return this.observe('unknown', error.message, data);
    const { status, message } = connectionError(error);
    return this.observe(status, `${where}: ${message}`, data);
  }

  /** Whether the signal means the deadline, not that the result is unwanted. */
  timedOut(): boolean {
    const reason: unknown = this.context.signal.reason;
    return (reason instanceof Error && reason.name === 'TimeoutError') || this.elapsed() >= this.context.timeoutMs;
  }
}

/** `5 s`, `0.25 s`. */
export function seconds(ms: number): string {
  return `${Math.round(ms) / 1000} s`;
}

/** Control characters and runs of blanks become one blank; long text is cut. */
export function oneLine(text: string, limit: number = MESSAGE_LIMIT): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replaceAll(/[\u0000-\u0020\u007f-\u009f]+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
