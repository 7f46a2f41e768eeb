import { Resolver } from 'node:dns/promises';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, oneLine, pattern } from '../../kit/index.ts';
import { parseServer } from './target.ts';
import type { DnsTarget } from './target.ts';
import { written } from './written.ts';

/** Answers of the server, or of nobody, in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not exist',
  ESERVFAIL: 'the server could not find out (SERVFAIL)',
  EREFUSED: 'the server refuses to answer',
  ENOTIMP: 'the server does not know this type',
  EFORMERR: 'the server did not understand the question',
  EBADRESP: 'what the server answered makes no sense',
  ETIMEOUT: 'no server answered',
  ECONNREFUSED: 'nobody listens at the server',
};
/** Questions to a server before the deadline: one may get lost. */
const TRIES = 2;

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as DnsTarget;
  const { name, type, server } = settings;
  const report = new Report(context);
  const where = oneLine(`${type} ${name}${server === undefined ? '' : ` at ${server}`}`, 200);
  const { signal } = context;
  if (signal.aborted) return report.aborted(`${where}: an answer`);
  if (server !== undefined && parseServer(server) === null) {
    return report.observe('unknown', `${oneLine(server, 100)} is not the address of a server`);
  }
  const resolver = new Resolver({ timeout: Math.ceil(context.timeoutMs / TRIES), tries: TRIES });
  const onAbort = (): void => resolver.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (server !== undefined) resolver.setServers([server]);
    const records = type === 'PTR' ? await resolver.reverse(name) : await resolver.resolve(name, type);
    return judge(written(type, records), settings, where, report);
  } catch (error) {
    if (signal.aborted) return report.aborted(`${where}: an answer`);
    return refused(error, settings, where, report);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function judge(answers: string[], { expect, exactly }: DnsTarget, where: string, report: Report): Observation {
  const data = { answers: answers.length, records: answers.join(', ').slice(0, 500) };
  const tests = expect.map((wanted) => ({ wanted, matches: matcher(wanted) }));
  const missing = tests.filter(({ matches }) => !answers.some(matches)).map(({ wanted }) => wanted);
  const others = exactly ? answers.filter((answer) => !tests.some(({ matches }) => matches(answer))) : [];
  const came = answers.length === 0 ? 'nothing' : answers.join(', ');
  if (missing.length > 0)
    return report.observe('fail', `${where}: ${missing.join(', ')} is missing; ${came} came`, data);
  if (others.length > 0) return report.observe('fail', `${where}: ${others.join(', ')} is not expected`, data);
  if (answers.length === 0) return report.observe('fail', `${where}: no such record`, data);
  return report.observe('pass', `${where}: ${came}`, data);
}

/** Names are compared without regard to case and a last dot, as name servers do. */
function matcher(wanted: string): (answer: string) => boolean {
  if (/^\/.+\/[imsu]*$/s.test(wanted)) return pattern(wanted);
  const plain = (text: string): string => text.toLowerCase().replace(/\.$/, '');
  return (answer) => plain(answer) === plain(wanted);
}

function refused(error: unknown, settings: DnsTarget, where: string, report: Report): Observation {
  const { code } = error as { code?: unknown };
  // The name exists and has no such record: an answer like others.
  if (code === 'ENODATA') return judge([], settings, where, report);
  if (code === 'EINVAL' || code === 'EBADNAME')
    return report.observe('unknown', `${where}: this is not something that can be asked for`);
  const words = REFUSALS[String(code)] ?? (error instanceof Error ? error.message : String(error));
  return report.observe('fail', `${where}: ${words}`);
}
