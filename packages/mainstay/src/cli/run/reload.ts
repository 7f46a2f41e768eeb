import type { ReloadRequest } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { labelsOfPlan } from '../project/names.ts';
import { showProgress } from './progress.ts';

/** `mainstay reload`: the instances of services are replaced one by one by what the file says now. */
export async function run(context: Context): Promise<number> {
  const { args, flags, io, json } = context;
  if (args.length === 0 && !flags.has('all')) {
    throw usage('cannot reload: no service is named', 'mainstay reload SERVICE, or mainstay reload --all');
  }
  if (args.length > 0 && flags.has('all')) {
    throw usage('cannot reload: --all and names of services exclude each other', 'mainstay reload --all');
  }
  const { plan, project, shellOnly, warnings } = await loadProject(context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  const ignored = Object.keys(shellOnly);
  if (ignored.length > 0) {
    io.err(`mainstay: warning: the running daemon does not get ${ignored.join(', ')} from this shell\n`);
  }
  const client = new Client(project);
  const body: ReloadRequest = { plan, services: [...args], wait: !flags.has('no-wait') };
  const stream = client.progress('/api/v1/reload', body);
  const alone = plan.services.filter(
    ({ name, type, instances }) => type === 'service' && instances === 1 && (args.length === 0 || args.includes(name)),
  );
  if (!json && alone.length > 0) {
    const names = alone.map(({ name }) => name).join(', ');
    io.out(`${names}: one instance; there is a gap until the new one is ready\n`);
  }
  return showProgress(stream, labelsOfPlan(plan), context, flags.has('no-wait') ? null : 'reloaded');
}
