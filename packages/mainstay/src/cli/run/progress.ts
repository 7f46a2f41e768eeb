import { EXIT } from '@mainstay/protocol';
import type { Progress, ProgressDone, ProgressStep, StatusReport } from '@mainstay/protocol';
import type { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { clockTime, oneLine, padEnd, phaseColour } from '../text/index.ts';

/** What a person calls an instance: `backend`, or `backend/1` when there are several. */
export type Label = (name: string, instance: number) => string;

/** Labels by how many instances each service has. */
export function labelsOf(instances: ReadonlyMap<string, number>): Label {
  return (name, instance) => ((instances.get(name) ?? 1) > 1 || instance > 0 ? `${name}/${instance}` : name);
}

/** What the daemon runs at the moment, and its labels. */
export async function currentProject(client: Client): Promise<{ project: string; label: Label }> {
  const { project, services } = await client.json<StatusReport>('GET', '/status');
  const counts = new Map<string, number>();
  for (const { name } of services) counts.set(name, (counts.get(name) ?? 0) + 1);
  return { project, label: labelsOf(counts) };
}

/** One change of state: `14:03:09  backend/1  ready   listens on 5001`. */
export function stepLine(step: ProgressStep, label: Label, { style }: Pick<Context, 'style'>, at = Date.now()): string {
  const state = style(phaseColour(step.state), padEnd(step.state, 9));
  const name = style('bold', padEnd(label(step.name, step.instance), 16));
  return `${style('grey', clockTime(at))}  ${name}  ${state}  ${reasonOf(step)}`.trimEnd() + '\n';
}

/** The reason on one line, without the state in front of it once more: `waiting  for db (healthy)`. */
function reasonOf({ state, message }: ProgressStep): string {
  const line = oneLine(message);
  return line.startsWith(`${state} for `) ? line.slice(state.length + 1) : line;
}

/**
 * Shows a stream of progress to its end: a line a step and the problems, or with `--json` one object
 * at the end. Returns the exit code.
 */
export async function showProgress(
  stream: AsyncIterable<Progress>,
  label: Label,
  context: Context,
  success: string | null,
): Promise<number> {
  for await (const item of stream) {
    if (item.type === 'done') return showDone(item, label, context, success);
    if (!context.json) context.io.out(stepLine(item, label, context));
  }
  return EXIT.failed;
}

/** The end of a stream of progress. Returns the exit code. */
export function showDone(done: ProgressDone, label: Label, context: Context, success: string | null): number {
  if (context.json) {
    context.io.out(`${JSON.stringify({ ok: done.ok, problems: done.problems }, null, 2)}\n`);
  } else {
    showProblems(done, label, context);
    if (done.ok && success !== null) context.io.out(`${success}\n`);
  }
  return done.ok ? EXIT.done : EXIT.failed;
}

/** Each service that is not where it should be, with what to try. */
export function showProblems(done: ProgressDone, label: Label, context: Context): void {
  for (const { name, instance, state, message, hint, last_lines: last = [] } of done.problems) {
    context.io.err(
      `mainstay: ${label(name, instance)} is ${state === 'cooldown' || state === 'backoff' ? `in ${state}` : state}: ${oneLine(message)}\n`,
    );
    for (const line of last) context.io.err(`  | ${oneLine(line)}\n`);
    if (hint !== null) context.io.err(`  try: ${oneLine(hint)}\n`);
  }
}
