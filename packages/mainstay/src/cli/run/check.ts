import { MainstayError } from '@mainstay/protocol';
import type { CheckRun } from '@mainstay/protocol';
import type { CheckTarget } from '../../core/check/index.ts';
import type { Plan, Unit } from '../../core/plan/index.ts';
import { checkNow, longestMs, NOTHING_KNOWN } from '../../daemon/probing/index.ts';
import { CHECKS } from '../../registry/checks.ts';
import { checkOfArguments, exitCodeOf, pluginText, selectChecks, unknownLine, worst } from '../check/index.ts';
import { Client } from '../client/index.ts';
import { usage, type Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { locateProject } from '../project/locate.ts';
import { listenForEnd } from './signals.ts';

/** Beyond what the checks themselves may take, ms. */
const ANSWER_MS = 5_000;

export async function run(context: Context): Promise<number> {
  try {
    return await check(context);
  } catch (error) {
    if (context.json || !(error instanceof MainstayError)) throw error;
    // A monitoring system shows what stands on standard output.
    context.io.out(unknownLine(error.message, error.hint));
    return exitCodeOf('unknown');
  }
}

async function check(context: Context): Promise<number> {
  using end = listenForEnd(context.io);
  const stop = new AbortController();
  void end.first.then(() => stop.abort());
  if (context.flags.has('repair')) return (await import('./repair.ts')).repair(context, selectOf(context), stop.signal);
  if (context.flags.has('dry-run'))
    throw usage('cannot use --dry-run here: nothing is done', 'mainstay check --repair --dry-run');
  const runs = context.args.length > 1 ? await runWords(context, stop.signal) : await runNamed(context, stop.signal);
  const status = worst(runs);
  const text = context.json ? `${JSON.stringify({ status, checks: runs }, null, 2)}\n` : pluginText(runs, unitsOf);
  context.io.out(text);
  return exitCodeOf(status);
}

/** A kind and a target: neither a file nor a daemon is asked. */
async function runWords(context: Context, signal: AbortSignal): Promise<CheckRun[]> {
  return runHere([await checkOfArguments(context)], context.io.cwd, context, signal);
}

/** Checks of the project: by its daemon, which knows more; without one, or when it does not answer, by this process. */
async function runNamed(context: Context, signal: AbortSignal): Promise<CheckRun[]> {
  const option = ['timeout', 'warn', 'fail'].find((one) => context.values.has(one));
  if (option !== undefined) throw usage(`cannot use --${option} here: the file says it`, 'mainstay check KIND TARGET');
  const select = selectOf(context);
  const client = new Client(locateProject(context));
  try {
    const targets = select(await client.json<Plan>('GET', '/api/v1/plan'));
    const body = { checks: targets.map(({ id }) => id) };
    const timeoutMs = longestMs(targets) + ANSWER_MS;
    return await client.json<CheckRun[]>('POST', '/api/v1/check', { body, timeoutMs, signal });
  } catch (error) {
    const isGone = error instanceof MainstayError && (error.code === 'no-daemon' || error.code === 'timeout');
    if (!isGone || signal.aborted) throw error;
  }
  const { plan } = await loadProject(context, { anywhere: true });
  return runHere(select(plan), plan.directory, context, signal);
}

/** The checks of a plan that the command names. */
function selectOf({ args: [name = 'all'] }: Context): (plan: Plan) => CheckTarget[] {
  return (plan) => selectChecks(plan, name, (one) => Object.hasOwn(CHECKS, one));
}

async function runHere(
  targets: readonly CheckTarget[],
  directory: string,
  { io }: Context,
  signal: AbortSignal,
): Promise<CheckRun[]> {
  return checkNow(targets, directory, await io.probing(directory), () => NOTHING_KNOWN, signal);
}

function unitsOf(kind: string): ReadonlyMap<string, Unit> {
  return new Map((CHECKS[kind]?.measured ?? []).map(({ name, unit }) => [name, unit]));
}
