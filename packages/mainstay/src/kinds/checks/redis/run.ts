import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, Verdict, readAuthorities } from '../../kit/index.ts';
import type { Progress } from '../../kit/index.ts';
import { RedisConnection, RedisError, addressOf } from '../../kit/redis/index.ts';
import type { RedisAddress } from '../../kit/redis/index.ts';
import { Info } from './info.ts';
import { judge } from './judge.ts';
import type { RedisTarget } from './target.ts';

/** Codes of errors that are about what this check may do, or how it logs in. */
const ABOUT_THE_CHECK = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'DENIED']);
/** What an older Redis, and one without a password, answer to AUTH. */
const NO_LOGIN = /^ERR (invalid password|.*AUTH.*without any password|.*no password is set)/;

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as RedisTarget;
  const report = new Report(context);
  const address = addressOf(settings);
  if (address === null) return report.observe('unknown', 'the url is not the address of a Redis');
  const progress: Progress = { waitingFor: 'a connection' };
  try {
    return await ask(settings, address, context, report, progress);
  } catch (error) {
    if (!(error instanceof RedisError)) return report.broken(error, address.shown, progress);
    const isOurs = ABOUT_THE_CHECK.has(error.code) || NO_LOGIN.test(error.message);
    return report.observe(isOurs ? 'unknown' : 'fail', `${address.shown}: Redis says "${error.message}"`);
  }
}

async function ask(
  settings: RedisTarget,
  address: RedisAddress,
  context: ProbeContext,
  report: Report,
  progress: Progress,
): Promise<Observation> {
  const { ca_file: file } = settings;
  const authorities = file === undefined ? undefined : await readAuthorities(file, context.workingDirectory);
  const redis = await RedisConnection.open({ address, authorities, signal: context.signal, progress });
  try {
    // The answer to INFO comes also while Redis loads its data, that to PING does not.
    const info = new Info(String(await redis.ask('INFO')));
    if (info.number('loading') === 1) {
      const loaded = Math.floor(info.number('loading_loaded_perc') ?? 0);
      return report.observe('fail', `${address.shown}: still loads its data, ${loaded}% so far`, { loaded });
    }
    const pong = await redis.ask('PING');
    if (pong !== 'PONG') return report.observe('fail', `${address.shown}: the answer to PING is not PONG`);
    const verdict = new Verdict();
    const { data, summary } = judge(info, settings, remembered(info, context), verdict);
    return verdict.observe(report, address.shown, summary, data);
  } finally {
    redis.close();
  }
}

/** The count of rejected connections at the last run, or null; remembers that of this one. */
function remembered(info: Info, { memory }: ProbeContext): number | null {
  const before = memory['rejected'];
  memory['rejected'] = info.number('rejected_connections');
  return typeof before === 'number' ? before : null;
}
