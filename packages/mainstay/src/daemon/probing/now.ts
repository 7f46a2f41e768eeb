import type { CheckRun } from '@mainstay/protocol';
import { judge, type CheckTarget } from '../../core/check/index.ts';
import type { Observation, ProbeContext } from '../../ports/index.ts';
import type { ProbePorts } from '../ports.ts';
import { startProbe, STUBBORN_MS, type Job } from './start.ts';

/** Runs at the same time: a project with hundreds of checks must not start as many programs at once. */
const AT_ONCE = 32;

/** What a run is told of, and compared with. */
export interface About extends Pick<ProbeContext, 'memory' | 'service' | 'beat'> {
  /** For each threshold, whether it is exceeded so far. */
  over: readonly boolean[];
}

/** Without a daemon nothing is known of earlier runs, nor of processes. */
export const NOTHING_KNOWN: About = { memory: {}, service: () => null, over: [] };

/** The longest that {@link checkNow} takes, ms. */
export function longestMs(targets: readonly CheckTarget[]): number {
  const longest = Math.max(0, ...targets.map(({ plan }) => plan.timeout));
  return Math.ceil(targets.length / AT_ONCE) * (longest + STUBBORN_MS);
}

/**
 * Runs checks once, now, and answers in their order. Nothing is counted: one result confirms nothing.
 *
 * @param directory of mainstay.yaml
 * @param signal what still runs, and what is to come, is cancelled, and `unknown`
 */
export async function checkNow(
  targets: readonly CheckTarget[],
  directory: string,
  ports: ProbePorts,
  about: (target: CheckTarget) => About,
  signal: AbortSignal,
): Promise<CheckRun[]> {
  const runs: CheckRun[] = [];
  const queue = targets.entries();
  const work = async (): Promise<void> => {
    for (const [at, target] of queue) runs[at] = await runOnce(target, directory, ports, about(target), signal);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return runs;
}

async function runOnce(
  target: CheckTarget,
  directory: string,
  ports: ProbePorts,
  about: About,
  signal: AbortSignal,
): Promise<CheckRun> {
  const { over, ...known } = about;
  const { promise, resolve } = Promise.withResolvers<Observation>();
  const cancel = startProbe(jobOf(target, directory, ports), known, ports, resolve);
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel);
  const observation = await promise;
  signal.removeEventListener('abort', cancel);
  const { status, message } = judge(target.thresholds, over, observation);
  return {
    name: target.name,
    service: target.owner?.service.name ?? null,
    kind: target.plan.kind,
    status,
    message,
    latency_ms: observation.latencyMs,
    data: observation.data ?? {},
    thresholds: target.thresholds.map(({ level, measure, side, limit }) => ({ level, measure, side, limit })),
  };
}

/** Where a target is run: a healthcheck as its service, a check of its own as mainstay. */
export function jobOf({ owner, plan }: CheckTarget, directory: string, ports: ProbePorts): Job {
  const { kind, target, timeout } = plan;
  if (owner === null)
    return { kind, target, timeout, workingDirectory: directory, environment: ports.projectEnvironment() };
  const { service, index } = owner;
  const environment = ports.environment(service, index);
  return { kind, target, timeout, workingDirectory: service.workingDirectory, environment };
}
