/** `mainstay monitor`: monitoring, trying everything once, and what the monitor knows. */
import { EXIT } from '@mainstay/protocol';
import { usage, type Context } from '../framework/index.ts';
import { loadMonitorPlan, locateMonitor } from './load.ts';

export async function run(context: Context): Promise<number> {
  const { args, flags, io, json } = context;
  const [action] = args;
  if (action !== undefined && action !== 'status') {
    throw usage(`cannot do "${action}" with the monitor: it is status`, 'mainstay help monitor');
  }
  if (flags.has('send') && !flags.has('test'))
    throw usage('cannot use --send alone: it is for --test', '--test --send');
  if (action === 'status') return (await import('./status.ts')).run(context);
  const where = locateMonitor(context);
  const { plan, warnings } = await loadMonitorPlan(where.file, context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  if (flags.has('test')) return (await import('./test.ts')).run(plan, context);
  const { checks, alerts } = plan.plan;
  const told = alerts?.notifiers.map(({ name }) => name) ?? [];
  if (flags.has('check')) {
    const answer = { id: plan.id, checks: checks.map(({ name }) => name), notifiers: told };
    const whom = told.length === 0 ? 'nobody is told' : `told: ${told.join(', ')}`;
    io.out(json ? `${JSON.stringify(answer)}\n` : `the file is right: ${checks.length} checks, ${whom}\n`);
    return EXIT.done;
  }
  if (told.length === 0) io.err('mainstay: warning: nobody is told: the file has no notifiers\n');
  const program = await io.monitoring(plan.plan.directory);
  return program.run(plan, where.stateDir, (line) => io.err(`mainstay monitor: ${line}\n`));
}
