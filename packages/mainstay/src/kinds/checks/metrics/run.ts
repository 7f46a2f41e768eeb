import type { Observation, ProbeContext } from '../../../ports/index.ts';
import {
  type Progress,
  Report,
  get,
  percentOf,
  readAuthorities,
  shownTime,
  shownUrl,
  sinceEarlier,
} from '../../kit/index.ts';
import { valueIn } from './read.ts';
import type { MetricsTarget } from './target.ts';

/** Bytes of an answer. */
const LIMIT = 16 * 1_048_576;

/** The numbers of one answer. */
interface Numbers {
  value: number;
  /** Null without `per`. */
  per: number | null;
}

/** What an answer meant for the check, when there are no numbers in it. */
class NoNumbers extends Error {
  readonly status: 'fail' | 'unknown';
  constructor(status: 'fail' | 'unknown', message: string) {
    super(message);
    this.status = status;
  }
}

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as MetricsTarget;
  const report = new Report(context);
  if (!URL.canParse(settings.url)) return report.observe('unknown', 'the url is none');
  const url = new URL(settings.url);
  const progress: Progress = { waitingFor: 'an answer' };
  try {
    const file = settings.ca_file;
    const authorities = file === undefined ? undefined : await readAuthorities(file, context.workingDirectory);
    const ask = (): Promise<Numbers> => read(url, authorities, settings, context, progress);
    if (!settings.counter) return observe(settings, await ask(), null, { url, report });
    const readings = await sinceEarlier(context, settings.over, ask);
    const { before, now } = readings!;
    const grown = {
      value: growth(before.value.value, now.value.value),
      per: now.value.per === null ? null : growth(before.value.per ?? 0, now.value.per),
    };
    return observe(settings, grown, (now.at - before.at) / 1000, { url, report });
  } catch (error) {
    if (error instanceof NoNumbers) return report.observe(error.status, `${shownUrl(url)}: ${error.message}`);
    return report.broken(error, shownUrl(url), progress);
  }
}

async function read(
  url: URL,
  authorities: string | undefined,
  { value, per, headers }: MetricsTarget,
  { signal }: ProbeContext,
  progress: Progress,
): Promise<Numbers> {
  const { status, body } = await get({ where: url, headers, authorities, signal, progress, limit: LIMIT });
  if (status !== 200) throw new NoNumbers('fail', `status ${status}, not 200`);
  const found = [value, ...(per === undefined ? [] : [per])].map((expression) => {
    const one = valueIn(body, expression);
    if (typeof one === 'object') throw new NoNumbers('unknown', one.why);
    return one;
  });
  return { value: found[0]!, per: found[1] ?? null };
}

/** A counter that is smaller than before was set to 0 in between. */
function growth(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** @param seconds in which counters grew; null without counters */
function observe(
  { value: name, per: other }: MetricsTarget,
  { value, per }: Numbers,
  seconds: number | null,
  { url, report }: { url: URL; report: Report },
): Observation {
  const data = {
    value,
    ...(seconds === null || seconds <= 0 ? {} : { rate: rounded(value / seconds) }),
    // Of nothing, nothing is a share.
    ...(per === null ? {} : { ratio: per === 0 ? 0 : percentOf(value, per) }),
  };
  const when = seconds === null ? 'is' : `grew in ${shownTime(seconds)} by`;
  const ratio = per === null ? '' : `, ${data.ratio}% of ${rounded(per)} (${other})`;
  return report.observe('pass', `${shownUrl(url)}: ${name} ${when} ${rounded(value)}${ratio}`, data);
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
