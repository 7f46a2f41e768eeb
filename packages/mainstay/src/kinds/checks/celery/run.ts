import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Verdict, shownTime } from '../../kit/index.ts';
import { askBroker, type Broker } from '../../kit/redis/index.ts';
import { ping, type Answers } from './ping.ts';
import { lookAtQueues } from './queues.ts';
import type { CeleryTarget } from './target.ts';

/** Share of the timeout in which workers may answer: the rest is for looking at the queues and tidying up. */
const PATIENCE = 0.7;

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as CeleryTarget;
  return askBroker(settings, context, (broker) => ask(settings, context, broker));
}

async function ask(settings: CeleryTarget, context: ProbeContext, broker: Broker): Promise<Observation> {
  const { redis, report, where } = broker;
  const waitMs = Math.min(settings.wait, Math.max(0, context.timeoutMs * PATIENCE - report.elapsed()));
  const answers = await ping(broker, context, waitMs);
  const { waiting, oldest, unfinished } = await lookAtQueues(redis, settings.queues, context);
  const verdict = new Verdict();
  judgeWorkers(settings, answers, verdict);
  const beatAge = settings.beat === undefined ? null : await judgeBeat(settings.beat, broker, context, verdict);
  const workers = answers.names.length;
  const next = oldest > 0 ? `, the next for ${shownTime(oldest)}` : '';
  const good = `${workers} ${workers === 1 ? 'worker answers' : 'workers answer'}, ${waiting} tasks wait${next}`;
  const data = { waiting, oldest, workers, listening: answers.listening, unfinished };
  return verdict.observe(report, where, good, beatAge === null ? data : { ...data, beat: beatAge });
}

function judgeWorkers({ workers, nodes = [], silent }: CeleryTarget, answers: Answers, verdict: Verdict): void {
  const { names, listening } = answers;
  const missing = nodes.filter((node) => !names.includes(node));
  if (missing.length > 0) verdict.complain('fail', `no answer of ${missing.join(', ')}`);
  if (names.length < workers) {
    const heard = listening > names.length ? `, ${listening} listen` : '';
    verdict.complain('fail', `${names.length} of ${workers} workers answer${heard}`);
  } else if (listening > names.length) {
    verdict.complain(silent, `${listening - names.length} of ${listening} workers listen and do not answer`);
  }
}

/** How old the time is that the task of beat left, seconds; null: there is none. */
async function judgeBeat(
  { key, within }: NonNullable<CeleryTarget['beat']>,
  { redis }: Broker,
  { wallMs }: ProbeContext,
  verdict: Verdict,
): Promise<number | null> {
  const left = await redis.ask('GET', key);
  const at = typeof left === 'string' && left.trim() !== '' ? Number(left) : NaN;
  if (!Number.isFinite(at)) {
    verdict.complain('fail', left === null ? `beat has left nothing in ${key}` : `${key} holds no time`);
    return null;
  }
  const age = Math.max(0, Math.round(wallMs() / 1000 - at));
  if (age * 1000 > within) verdict.complain('fail', `beat's task was last done ${shownTime(age)} ago`);
  return age;
}
