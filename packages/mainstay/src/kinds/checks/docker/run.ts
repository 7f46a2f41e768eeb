import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { type Container, ask, parseContainer, troubleOf } from '../../kit/engine/index.ts';
import { type Progress, Report, restartsWithin, shownTime } from '../../kit/index.ts';
import type { DockerTarget } from './target.ts';

/** One that has been restarted often, and so recently, may not be taken for one that has found its feet. */
const JUST_NOW_SECONDS = 60;

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as DockerTarget;
  const report = new Report(context);
  const progress: Progress = { waitingFor: 'an answer' };
  const { container: name, socket } = settings;
  const path = `/containers/${encodeURIComponent(name)}/json`;
  try {
    const { status, body } = await ask({ socket, path, signal: context.signal, progress });
    if (status === 404) return report.observe('fail', `${name}: there is no such container`);
    const container = status === 200 ? parseContainer(body) : null;
    if (container === null) return report.observe('unknown', `${socket}: what answers (status ${status}) is no engine`);
    return judge(container, settings, context, report);
  } catch (error) {
    // How the engine is says nothing about the container.
    return { ...report.broken(error, socket, progress), status: 'unknown' };
  }
}

function judge(
  container: Container,
  { container: name, restarts: limit, over }: DockerTarget,
  context: ProbeContext,
  report: Report,
): Observation {
  const restarts = restartsWithin(context, container.restarts, over);
  const age = Math.max(0, Math.round((context.wallMs() - container.startedAt) / 1000));
  const isStarted = Number.isFinite(age) && container.status === 'running';
  const data = { state: container.status, restarts, ...(isStarted ? { age } : {}) };
  const trouble = troubleOf(container);
  if (trouble !== null) return report.observe('fail', `${name}: ${trouble}`, data);
  if (restarts >= limit) {
    return report.observe('fail', `${name}: was restarted ${restarts} times within ${shownTime(over / 1000)}`, data);
  }
  if (container.restarts >= limit && isStarted && age < JUST_NOW_SECONDS) {
    return report.observe('fail', `${name}: was restarted ${container.restarts} times, last ${age} s ago`, data);
  }
  const health = container.health === null ? '' : `, ${container.health.status}`;
  return report.observe('pass', `${name}: runs since ${shownTime(age)}${health}`, data);
}
