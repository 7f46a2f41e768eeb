import { LATE_MS } from '../../core/machine/index.ts';
import { expandDeep } from '../../core/template/index.ts';
import type { Observation, ProbeContext, Timer } from '../../ports/index.ts';
import type { ProbePorts, ServiceEnvironment } from '../ports.ts';

/** A deadline that rang late: whether there was an answer in time, nobody saw. */
const STOOD_STILL = { status: 'unknown', message: 'mainstay stood still while it ran' } as const;

/** A probe that does not obey its deadline is given up after this much longer. */
export const STUBBORN_MS = 2_000;

/** What is to be run, and where. */
export interface Job {
  kind: string;
  target: Record<string, unknown>;
  timeout: number;
  workingDirectory: string;
  environment: ServiceEnvironment;
}

/**
 * Starts one run of a probe, which ends at its deadline or a little later, whatever the probe does.
 *
 * @param done called once with what was observed
 * @returns cancels the run: the result is no longer wanted
 */
export function startProbe(
  job: Job,
  about: Pick<ProbeContext, 'memory' | 'service' | 'beat'>,
  { clock, prober }: Pick<ProbePorts, 'clock' | 'prober'>,
  done: (observation: Observation) => void,
): () => void {
  const controller = new AbortController();
  const startedAt = clock.now().mono;
  const elapsed = (): number => clock.now().mono - startedAt;
  let late = false;
  let ended = false;
  let guard: Timer | null = null;
  const end = (observation: Observation): void => {
    if (ended) return;
    ended = true;
    deadline.cancel();
    guard?.cancel();
    done(late ? { ...observation, ...STOOD_STILL } : observation);
  };
  const abort = (): void => {
    if (ended) return;
    late = elapsed() - job.timeout > LATE_MS;
    controller.abort(new DOMException('the deadline is over', 'TimeoutError'));
    const message = `${job.kind} does not end at its deadline`;
    const giveUp = (): void => end({ status: 'unknown', message, latencyMs: elapsed() });
    guard = clock.after(STUBBORN_MS, () => clock.soon(giveUp));
  };
  // After a standstill everything is due at once: an answer that has come counts.
  const deadline = clock.after(job.timeout, () => clock.soon(abort));
  const target = expandDeep(job.target, job.environment.lookup) as Record<string, unknown>;
  const context = {
    timeoutMs: job.timeout,
    signal: controller.signal,
    environment: job.environment.values,
    asUser: job.environment.asUser,
    workingDirectory: job.workingDirectory,
    monotonicMs: () => clock.now().mono,
    wallMs: () => clock.now().wall,
    ...about,
  };
  void prober.probe(job.kind, target, context).then(end);
  return () => controller.abort();
}
