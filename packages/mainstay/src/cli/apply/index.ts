/** `mainstay apply`: makes the running system what mainstay.yaml says, touching only what changed. */
import { EXIT } from '@mainstay/protocol';
import type { ApplyRequest, ReloadRequest } from '@mainstay/protocol';
import type { PlanDiff } from '../../config/diff/index.ts';
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
  const { diffPlans } = await import('../../config/diff/index.ts');
  const diff = diffPlans(before, plan);
  if (!json) {
    const { diffText } = await import('./diff-text.ts');
    io.out(diffText(diff, context));
  }
  const rolling = flags.has('at-once') ? [] : toBeRolled(diff, before, plan);
  if (rolling.length > 0) {
    const code = await roll(context, client, plan, rolling);
    if (code !== EXIT.done) return code;
  }
  const request: ApplyRequest = { plan, wait: !flags.has('no-wait') };
  const code = await showProgress(client.progress('/api/v1/apply', request), labelsOfPlan(plan), context, null);
  if (code === EXIT.done && !json) io.out(`${project.label} is as ${project.shownFile} says\n`);
  return code;
}

/** Services of which several instances run that are to be restarted: one of them is down at a time, and the new version is tried on one. */
function toBeRolled(diff: PlanDiff, before: Plan, after: Plan): string[] {
  const several = (plan: Plan, name: string): boolean =>
    (plan.services.find((service) => service.name === name)?.instances ?? 1) > 1;
  return diff.services
    .filter(({ change, effect }) => change === 'changed' && effect === 'restart')
    .map(({ name }) => name)
    .filter((name) => several(before, name) && several(after, name));
}

/** Replaces instances one by one, before anything else changes. With `--json` only a failure is shown. */
async function roll(context: Context, client: Client, plan: Plan, services: string[]): Promise<number> {
  let shown = '';
  const io = context.json ? { ...context.io, out: (text: string) => void (shown += text) } : context.io;
  const body: ReloadRequest = { plan, services, wait: true };
  const stream = client.progress('/api/v1/reload', body);
  const code = await showProgress(stream, labelsOfPlan(plan), { ...context, io }, null);
  if (code === EXIT.done) return code;
  context.io.out(shown);
  if (!context.json) context.io.err('mainstay: nothing else was changed\n  try: mainstay apply --at-once\n');
  return code;
}
