/** `mainstay apply`: makes the running system what mainstay.yaml says, touching only what changed. */
import { EXIT } from '@mainstay/protocol';
import type { ApplyRequest } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { labelsOfPlan } from '../project/names.ts';
import { showProgress } from '../run/progress.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, json } = context;
  if (flags.has('dry-run')) return (await import('../run/plan.ts')).run(context);
  const { plan, project, shellOnly, warnings } = await loadProject(context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  const client = new Client(project);
  const before = await client.json<Plan>('GET', '/api/v1/plan');
  const ignored = Object.keys(shellOnly);
  if (ignored.length > 0) {
    io.err(`mainstay: warning: the running daemon does not get ${ignored.join(', ')} from this shell\n`);
  }
  if (!json) {
    const { diffPlans } = await import('../../config/diff/index.ts');
    const { diffText } = await import('./diff-text.ts');
    io.out(diffText(diffPlans(before, plan), context));
  }
  const request: ApplyRequest = { plan, wait: !flags.has('no-wait') };
  const code = await showProgress(client.progress('/api/v1/apply', request), labelsOfPlan(plan), context, null);
  if (code === EXIT.done && !json) io.out(`${project.label} is as ${project.shownFile} says\n`);
  return code;
}
