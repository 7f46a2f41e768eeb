import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, UnusableTarget, Verdict } from '../../kit/index.ts';
import type { Progress } from '../../kit/index.ts';
import { askFacts } from './facts.ts';
import { judge, judgeAnswer } from './judge.ts';
import { addressOf, openSession } from './session.ts';
import type { PostgresTarget } from './target.ts';
import type { PostgresAddress } from './url.ts';

/**
 * Codes of errors that are about what this check may do, how it logs in, or what it asks
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const ABOUT_THE_CHECK = new Set(['28000', '28P01', '42501', '42601', '25006']);

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as PostgresTarget;
  const report = new Report(context);
  const progress: Progress = { waitingFor: 'a connection' };
  let where = 'PostgreSQL';
  try {
    const address = addressOf(settings, context);
    where = address.shown;
    return await ask(settings, address, context, report, progress).catch((error: unknown) => {
      throw withoutPassword(error, address);
    });
  } catch (error) {
    const refusal = context.signal.aborted ? null : refusalOf(error);
    if (refusal === null) return report.broken(error, where, progress);
    const isOurs = ABOUT_THE_CHECK.has(refusal.code);
    return report.observe(isOurs ? 'unknown' : 'fail', `${where}: PostgreSQL says "${refusal.message}"`);
  }
}

async function ask(
  settings: PostgresTarget,
  address: PostgresAddress,
  context: ProbeContext,
  report: Report,
  progress: Progress,
): Promise<Observation> {
  const session = await openSession(address, settings.ca_file, context, progress);
  try {
    const verdict = new Verdict();
    progress.waitingFor = 'an answer';
    const data = judge(await askFacts(session), settings, verdict);
    if (settings.query === undefined) return verdict.observe(report, address.shown, describe(data), data);
    progress.waitingFor = 'the answer to the query';
    const value = judgeAnswer(await session.rows(settings.query), settings.expect, verdict);
    const number = value === null || value.trim() === '' ? Number.NaN : Number(value);
    const found = Number.isFinite(number) ? { value: number } : {};
    return verdict.observe(report, address.shown, describe(data), { ...data, ...found });
  } finally {
    await session.end();
  }
}

function describe({ role, connections }: Record<string, number | string>): string {
  return `${role}, ${connections} connections`;
}

/** What PostgreSQL itself said, or null: the error is another one. */
function refusalOf(error: unknown): { code: string; message: string } | null {
  const { code, severity, message } = (error ?? {}) as { code?: unknown; severity?: unknown; message?: unknown };
  if (typeof code !== 'string' || typeof severity !== 'string') return null;
  return { code, message: String(message) };
}

/** The driver's own complaint about a password that is missing names an algorithm. */
function withoutPassword(error: unknown, { password }: PostgresAddress): unknown {
  const isAsked = error instanceof Error && error.message.startsWith('SASL') && password === null;
  return isAsked ? new UnusableTarget('PostgreSQL asks for a password, and none is given') : error;
}
