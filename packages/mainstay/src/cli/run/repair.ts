import { EXIT, MainstayError } from '@mainstay/protocol';
import type { RepairResult } from '@mainstay/protocol';
import type { CheckTarget } from '../../core/check/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { oneLine } from '../text/index.ts';

/** Restarts, programs and the looks after them take their time. */
const ANSWER_MS = 3_600_000;

const WORDS = { pass: 'ok', warn: 'warning', fail: 'failed', unknown: 'unknown' } as const;

/** `check --repair`: has the daemon do what the checks say, prints a line for each; 0 only if all is well afterwards. */
export async function repair(
  context: Context,
  select: (plan: Plan) => CheckTarget[],
  signal: AbortSignal,
): Promise<number> {
  const client = new Client(locateProject(context));
  const [name = 'all'] = context.args;
  const plan = await client.json<Plan>('GET', '/api/v1/plan');
  const services = plan.services.filter((one) => name === 'all' || one.name === name).map((one) => one.name);
  // A service without a healthcheck can be started again all the same.
  const isService = services.length > 0 && name !== 'all';
  const targets = isService || name === 'all' ? targetsIfAny(plan, select) : select(plan);
  const body = { checks: targets.map(({ id }) => id), services, dry_run: context.flags.has('dry-run') };
  const results = await client.json<RepairResult[]>('POST', '/api/v1/repair', { body, timeoutMs: ANSWER_MS, signal });
  const { io, json } = context;
  io.out(json ? `${JSON.stringify(results, null, 2)}\n` : results.map(lineOf).join(''));
  const isWell = results.every(({ status }) => status === 'pass');
  return isWell ? EXIT.done : EXIT.failed;
}

function targetsIfAny(plan: Plan, select: (plan: Plan) => CheckTarget[]): CheckTarget[] {
  try {
    return select(plan);
  } catch (error) {
    if (error instanceof MainstayError && error.code === 'unknown-check') return [];
    throw error;
  }
}

function lineOf({ name, status, did, message }: RepairResult): string {
  const deeds = did.map((line) => `  ${oneLine(line)}\n`).join('');
  return `${name}: ${WORDS[status]}${did.length > 0 && status === 'pass' ? ', repaired' : ''}: ${oneLine(message)}\n${deeds}`;
}
