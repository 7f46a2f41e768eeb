import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, get, readAuthorities, shownUrl } from '../../kit/index.ts';
import { readHealth, type Health } from './health.ts';
import type { MainstayTarget } from './target.ts';

/** Bytes of an answer that are read: the states of some thousand services. */
const LIMIT = 262_144;
/** Two answers closer together than this may carry the same time. */
const LEAST_APART_MS = 1_000;

/** What is remembered from one run to the next. */
interface Memory {
  timestamp?: string;
  /** When it was first seen, monotonic ms. */
  seenAt?: number;
}

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const { url, ca_file: file } = target as unknown as MainstayTarget;
  const report = new Report(context);
  const where = URL.parse(url);
  if (where === null || !/^https?:$/.test(where.protocol)) {
    return report.observe('unknown', 'the url is not an http:// or https:// URL');
  }
  if (where.pathname === '/') where.pathname = '/health';
  const progress = { waitingFor: 'an answer' };
  try {
    const authorities = file === undefined ? undefined : await readAuthorities(file, context.workingDirectory);
    const { signal } = context;
    const { status, body } = await get({ where, authorities, signal, progress, limit: LIMIT });
    const health = readHealth(status, body);
    const shown = shownUrl(where);
    if (typeof health === 'string') return report.observe('fail', `daemon silent: ${shown}: ${health}`);
    return judge(report, context, shown, health);
  } catch (error) {
    const observation = report.broken(error, shownUrl(where), progress);
    const isSilent = observation.status === 'fail';
    return isSilent ? { ...observation, message: `daemon silent: ${observation.message}` } : observation;
  }
}

function judge(report: Report, context: ProbeContext, where: string, { timestamp, bad }: Health): Observation {
  const memory: Memory = context.memory;
  const now = context.monotonicMs();
  const stood = memory.timestamp === timestamp && memory.seenAt !== undefined ? now - memory.seenAt : 0;
  if (memory.timestamp !== timestamp) Object.assign(memory, { timestamp, seenAt: now } satisfies Memory);
  if (stood >= LEAST_APART_MS) {
    const since = `${Math.round(stood / 1000)} s`;
    return report.observe('fail', `daemon silent: ${where}: its time stands still at ${timestamp} for ${since}`);
  }
  if (bad.length === 0) return report.observe('pass', `${where}: it lives`);
  return report.observe('warn', `${where}: it lives, and says: ${bad.join(', ')}`);
}
