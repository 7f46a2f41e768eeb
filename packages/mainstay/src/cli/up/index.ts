/** `mainstay up`: starts the daemon when there is none, gives it the plan, and shows what happens. */
import { EXIT } from '@mainstay/protocol';
import type { ApplyRequest } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import type { Loaded } from '../project/load.ts';
import { checkNames, labelsOfPlan } from '../project/names.ts';
import { parseDuration } from '../text/index.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, args, values } = context;
  const detach = flags.has('detach');
  if (context.json && !detach && !flags.has('dry-run')) {
    throw usage('cannot use --json here: the view of up is for people', 'mainstay up -d --json');
  }
  if (process.pid === 1 && !detach) (await import('./first-process.ts')).becomeInit();
  const timeoutText = values.get('timeout');
  if (timeoutText !== undefined && !detach) {
    throw usage('cannot use --timeout here: only -d waits', 'mainstay up -d --timeout 2m');
  }
  const timeoutMs = timeoutText === undefined ? null : parseDuration(timeoutText, '--timeout');

  const observe = flags.has('observe');
  if (observe && (flags.has('dev') || args.length > 0)) {
    throw usage('cannot use --observe with --dev or names: it looks at everything', 'mainstay up --observe');
  }

  const file = await loadProject(context, { dev: flags.has('dev') });
  const loaded = { ...file, plan: { ...file.plan, observe } };
  checkNames(args, loaded.plan, 'start');
  if (flags.has('dry-run')) return dryRun(loaded, context);
  for (const warning of loaded.warnings) io.err(`mainstay: warning: ${warning}\n`);

  const client = new Client(loaded.project);
  const running = await client.isRunning();
  if (running && flags.has('dev')) {
    throw usage('cannot switch to --dev: a daemon already runs', 'mainstay down, then mainstay up --dev');
  }
  if (running) await refuseOtherMode(client, observe);
  if (running && Object.keys(loaded.shellOnly).length > 0) {
    io.err(
      `mainstay: warning: the daemon already runs and does not get ${Object.keys(loaded.shellOnly).join(', ')} from this shell\n`,
    );
  }
  // Without names: everything, also what an operator stopped earlier.
  const wanted = args.length > 0 ? [...args] : loaded.plan.services.map(({ name }) => name);
  const request: ApplyRequest = { plan: loaded.plan, services: wanted, wait: true };
  const session = { loaded, client, running, request, label: labelsOfPlan(loaded.plan), dev: flags.has('dev') };
  return detach
    ? (await import('./detached.ts')).upDetached(session, timeoutMs, context)
    : (await import('./foreground.ts')).upForeground(session, context);
}

/** Whether mainstay only observes is said once, when its daemon is started. */
async function refuseOtherMode(client: Client, observe: boolean): Promise<void> {
  const plan = await client.json<Partial<Plan>>('GET', '/api/v1/plan');
  if ((plan.observe ?? false) === observe) return;
  throw usage(
    observe
      ? 'cannot only observe: a daemon already runs, and looks after the services'
      : 'cannot go on: a daemon already runs, and only observes',
    observe ? 'mainstay down, then mainstay up --observe' : 'mainstay up --observe; or mainstay down, then mainstay up',
  );
}

async function dryRun({ plan }: Loaded, context: Context): Promise<number> {
  const { orderTable } = await import('./summary.ts');
  if (context.json) {
    const { startOrder } = await import('./order.ts');
    const order = startOrder(plan, context.args).map(({ service, wave }) => ({ step: wave, name: service.name }));
    context.io.out(`${JSON.stringify(order, null, 2)}\n`);
  } else {
    context.io.out(orderTable(plan, context.args, context));
  }
  return EXIT.done;
}
