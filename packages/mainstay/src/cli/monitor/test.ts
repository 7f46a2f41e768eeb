import type { CheckRun } from '@mainstay/protocol';
import { SEND_TIMEOUT_MS } from '../../core/alert/index.ts';
import { targetOf } from '../../core/check/index.ts';
import type { NotifierPlan } from '../../core/plan/index.ts';
import type { MonitorPlan } from '../../core/plan/monitor.ts';
import { expand, expandDeep, variablesIn } from '../../core/template/index.ts';
import { checkNow, NOTHING_KNOWN } from '../../daemon/probing/index.ts';
import { phasesOf } from '../../monitor/lines.ts';
import type { MonitorProgram } from '../../monitor/ports.ts';
import { trial, type Trial } from '../../monitor/trial.ts';
import { Witnesses } from '../../monitor/witnesses.ts';
import type { SendOutcome } from '../../ports/index.ts';
import { exitCodeOf, worst } from '../check/text.ts';
import type { Context } from '../framework/index.ts';
import { listenForEnd } from '../run/signals.ts';
import { humanDuration } from '../text/index.ts';

/** What `--json` prints. */
interface Tested {
  status: CheckRun['status'];
  checks: CheckRun[];
  /** Whether a witness answers; null: there are none. */
  network: boolean | null;
  monitors: { id: string; answers: boolean; why: string | null }[];
  /** Messages, an alert and its recovery, without secrets. `result` is there when they were sent. */
  messages: {
    notifier: string;
    kind: string;
    about: string;
    texts: string[];
    result?: SendOutcome['result'];
    reason?: string | null;
  }[];
}

/** Runs everything once, and shows or sends what people would be told. */
export async function run(plan: MonitorPlan, context: Context): Promise<number> {
  const { io, json, flags } = context;
  const end = listenForEnd(io);
  const stop = new AbortController();
  void end.first.then(() => stop.abort());
  try {
    const program = await io.monitoring(plan.plan.directory);
    const tested = await everything(plan, program, stop.signal, flags.has('send'));
    io.out(json ? `${JSON.stringify(tested, null, 2)}\n` : textOf(tested));
    const isUndelivered = tested.messages.some(({ result }) => result !== undefined && result !== 'delivered');
    return isUndelivered ? exitCodeOf('fail') : exitCodeOf(tested.status);
  } finally {
    end[Symbol.dispose]();
  }
}

async function everything(
  plan: MonitorPlan,
  program: MonitorProgram,
  signal: AbortSignal,
  isSent: boolean,
): Promise<Tested> {
  const environment = program.environment();
  const ports = { ...program, environment: () => environment, projectEnvironment: () => environment };
  const targets = plan.plan.checks.map(targetOf);
  const runs = await checkNow(targets, plan.plan.directory, ports, () => NOTHING_KNOWN, signal);
  const sees = await new Witnesses(plan.witnesses, program, plan.plan.directory).see();
  const checks = sees
    ? runs
    : runs.map((one) => (one.status === 'fail' ? { ...one, status: 'unknown' as const } : one));
  const monitors = await Promise.all(
    plan.peers.map(async ({ id, url }) => {
      const key = expand(plan.key ?? '', environment.lookup).value;
      const answer = await program.ask({ url: expand(url, environment.lookup).value, key, from: plan.id, about: [] });
      return { id, answers: 'ballots' in answer, why: 'why' in answer ? answer.why : null };
    }),
  );
  const { wall } = program.clock.now();
  const trials = trial(plan, checks, wall, program.localTime(wall));
  const messages = await Promise.all(trials.map((one) => tell(one, plan, program, isSent)));
  return { status: worst(checks), checks, network: plan.witnesses.length === 0 ? null : sees, monitors, messages };
}

async function tell(
  { notifier, about, messages }: Trial,
  plan: MonitorPlan,
  program: MonitorProgram,
  isSent: boolean,
): Promise<Tested['messages'][number]> {
  const { name, kind, target } = notifier;
  const { lookup } = program.environment();
  const filled = expandDeep(target, lookup) as Record<string, unknown>;
  const texts = await Promise.all(messages.map((message) => program.messenger.render(kind, filled, message)));
  const told = { notifier: name, kind, about, texts: texts.flat() };
  if (!isSent) return told;
  for (const message of messages) {
    const outcome = await program.messenger.send(kind, filled, message, sending(notifier, plan, program));
    if (outcome.result !== 'delivered') return { ...told, result: outcome.result, reason: outcome.reason };
  }
  return { ...told, result: 'delivered', reason: null };
}

function sending({ target }: NotifierPlan, plan: MonitorPlan, program: MonitorProgram) {
  const { values, lookup } = program.environment();
  return {
    timeoutMs: SEND_TIMEOUT_MS,
    signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    environment: values,
    variables: variablesIn(target, lookup),
    workingDirectory: plan.plan.directory,
    wallMs: () => program.clock.now().wall,
  };
}

const WORDS = { pass: 'OK', warn: 'WARNING', fail: 'CRITICAL', unknown: 'UNKNOWN' } as const;

function textOf({ status, checks, network, monitors, messages }: Tested): string {
  const good = checks.filter((one) => one.status === 'pass').length;
  const lines = [`MONITOR ${WORDS[status]} - ${good} of ${checks.length} checks are OK`];
  for (const run of checks) {
    const phases = phasesOf(run).map(([phase, ms]) => `${phase} ${humanDuration(ms)}`);
    const took = [humanDuration(run.latency_ms), ...phases].join(', ');
    lines.push(`[${WORDS[run.status]}] ${run.name} (${run.kind}; ${took}): ${run.message}`);
  }
  if (network !== null)
    lines.push(
      network
        ? 'a witness answers: this machine has a network'
        : 'no witness answers: this machine has no network, no failure counts',
    );
  for (const { id, answers, why } of monitors)
    lines.push(`monitor ${id} ${answers ? 'answers' : `does not answer: ${why ?? ''}`}`);
  if (messages.length === 0) lines.push('nobody would be told: no notifier is for these');
  for (const { notifier, kind, about, texts, result, reason } of messages) {
    const done =
      result === 'delivered'
        ? 'was told, as a test'
        : result === undefined
          ? 'would be told'
          : `could not be told (${reason ?? result})`;
    lines.push('', `${notifier} (${kind}) ${done}, of ${about}:`, '', texts.join('\n\n'));
  }
  return `${lines.join('\n')}\n`;
}
