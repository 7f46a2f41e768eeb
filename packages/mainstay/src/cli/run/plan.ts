import { EXIT } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';

export async function run(context: Context): Promise<number> {
  const { io, json } = context;
  const { plan, project, warnings } = await loadProject(context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  const client = new Client(project);
  if (!(await client.isRunning())) {
    const { orderTable } = await import('../up/summary.ts');
    if (json) io.out(`${JSON.stringify({ daemon: null, services: plan.services.map(({ name }) => name) }, null, 2)}\n`);
    else io.out(`no daemon runs; mainstay up would start\n\n${orderTable(plan, [], context)}`);
    return EXIT.done;
  }
  const { diffPlans } = await import('../../config/diff/index.ts');
  const diff = diffPlans(await client.json<Plan>('GET', '/api/v1/plan'), plan);
  const { diffText } = await import('../apply/diff-text.ts');
  io.out(json ? `${JSON.stringify(diff, null, 2)}\n` : diffText(diff, context));
  return EXIT.done;
}
