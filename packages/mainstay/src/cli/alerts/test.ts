import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EXIT, MainstayError } from '@mainstay/protocol';
import { didYouMean } from '../../config/nearest.ts';
import { type AlertMessage, SEND_TIMEOUT_MS } from '../../core/alert/index.ts';
import type { NotifierPlan, Plan } from '../../core/plan/index.ts';
import {
  BASE_NAMES,
  type Lookup,
  expandDeep,
  parseDotenv,
  serviceLookup,
  variablesIn,
} from '../../core/template/index.ts';
import type { Messenger, SendOutcome } from '../../ports/index.ts';
import type { Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { humanDuration } from '../text/index.ts';

/** What became of the test of one notifier, as `--json` tells it. */
interface Tested {
  notifier: string;
  kind: string;
  result: SendOutcome['result'];
  /** Why not, or what was wrong all the same; null: nothing. */
  reason: string | null;
  took_ms: number;
}

/**
 * Sends a test through the notifiers that are named, or through all.
 * @throws MainstayError `unknown-notifier`, `unknown-service`, `refused` when the file names no notifier
 */
export async function run(names: readonly string[], context: Context): Promise<number> {
  const { flags, io, json } = context;
  const { plan, warnings } = await loadProject(context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  const chosen = choose(names, plan);
  const messages = testMessages(plan, context.values.get('service') ?? null);
  const { createMessenger } = await import('../../registry/messenger.ts');
  const messenger = createMessenger();
  const lookup = serviceLookup({
    environment: {},
    envFiles: [],
    dotenv: dotenvOf(plan.directory),
    process: io.env,
    late: {},
  });
  if (flags.has('dry-run')) return show(chosen, messages, messenger, lookup, context);
  const all = await Promise.all(
    chosen.map((notifier) => attempt(notifier, messages, { messenger, lookup, plan, env: io.env })),
  );
  if (json) io.out(`${JSON.stringify(all, null, 2)}\n`);
  else for (const one of all) io.out(`${line(one)}\n`);
  return all.every(({ result }) => result === 'delivered') ? EXIT.done : EXIT.failed;
}

function choose(names: readonly string[], { alerts }: Plan): readonly NotifierPlan[] {
  const known = alerts?.notifiers ?? [];
  if (known.length === 0) {
    throw new MainstayError(
      'refused',
      'cannot send a test: mainstay.yaml has no notifiers',
      'add alerts: { notifiers: { ops: { email: { to: …, smtp: … } } } }',
    );
  }
  for (const name of names) {
    if (known.some((one) => one.name === name)) continue;
    const all = known.map((one) => one.name);
    const hint = didYouMean(name, all) ?? `notifiers are: ${all.join(', ')}`;
    throw new MainstayError(
      'unknown-notifier',
      `cannot send a test through "${name}": there is no such notifier`,
      hint,
    );
  }
  return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
}

/** An alert and its recovery. */
function testMessages(plan: Plan, service: string | null): AlertMessage[] {
  const about = plan.services.find(({ name }) => name === service);
  if (service !== null && about === undefined) {
    const all = plan.services.map(({ name }) => name);
    const hint = didYouMean(service, all) ?? `services are: ${all.join(', ')}`;
    throw new MainstayError('unknown-service', `cannot send a test about "${service}": there is no such service`, hint);
  }
  const now = Date.now();
  const id = `test-${randomUUID().slice(0, 8)}`;
  const message = (stage: 'opened' | 'closed'): AlertMessage => ({
    key: `${id}-${stage}`,
    stage,
    isTest: true,
    project: plan.project,
    host: hostname(),
    at: now,
    alerts: [
      {
        id,
        severity: 'critical',
        subject: service ?? 'test',
        cause: 'somebody ran mainstay alerts test',
        since: now,
        until: stage === 'closed' ? now : null,
        action: 'nothing: it is a test',
        affected: [],
        owner: about?.owner ?? null,
        runbook: about?.runbook ?? null,
      },
    ],
    thread: `${id}-opened`,
    link: plan.alerts?.publicUrl ?? null,
  });
  return [message('opened'), message('closed')];
}

interface With {
  messenger: Messenger;
  lookup: Lookup;
  plan: Plan;
  env: Context['io']['env'];
}

/** The alert, and its recovery once that has arrived. */
async function attempt(
  { name, kind, target }: NotifierPlan,
  messages: readonly AlertMessage[],
  { messenger, lookup, plan, env }: With,
): Promise<Tested> {
  const startedAt = performance.now();
  const base = Object.entries(env).filter(
    (one): one is [string, string] => BASE_NAMES.has(one[0]) && one[1] !== undefined,
  );
  const told = (result: SendOutcome['result'], reason: string | null): Tested => {
    return { notifier: name, kind, result, reason, took_ms: Math.round(performance.now() - startedAt) };
  };
  let remark: string | null = null;
  for (const message of messages) {
    const outcome = await messenger.send(kind, expandDeep(target, lookup) as Record<string, unknown>, message, {
      timeoutMs: SEND_TIMEOUT_MS,
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      environment: Object.fromEntries(base),
      variables: variablesIn(target, lookup),
      workingDirectory: plan.directory,
      wallMs: () => Date.now(),
    });
    if (outcome.result !== 'delivered') return told(outcome.result, outcome.reason);
    remark ??= outcome.remark;
  }
  return told('delivered', remark);
}

async function show(
  chosen: readonly NotifierPlan[],
  messages: readonly AlertMessage[],
  messenger: Messenger,
  lookup: Lookup,
  { io, json }: Context,
): Promise<number> {
  const all = await Promise.all(
    chosen.map(async ({ name, kind, target }) => {
      const filled = expandDeep(target, lookup) as Record<string, unknown>;
      const sent = await Promise.all(messages.map((message) => messenger.render(kind, filled, message)));
      return { notifier: name, kind, would_send: sent.flat() };
    }),
  );
  if (json) io.out(`${JSON.stringify(all, null, 2)}\n`);
  else
    for (const { notifier, kind, would_send: sent } of all)
      io.out(`${notifier} (${kind}) would send:\n\n${sent.join('\n\n')}\n\n`);
  return EXIT.done;
}

function line({ notifier, kind, result, reason, took_ms: took }: Tested): string {
  const why = reason === null ? '' : `: ${reason}`;
  if (result === 'delivered') return `${notifier} (${kind}): delivered in ${humanDuration(took)}${why}`;
  return `${notifier} (${kind}): not delivered${why}${result === 'retry' ? ' (an alert would be sent again)' : ''}`;
}

function dotenvOf(directory: string): Record<string, string> {
  try {
    return parseDotenv(readFileSync(join(directory, '.env'), 'utf8')).values;
  } catch {
    return {};
  }
}
