import type { Context } from '../framework/index.ts';
import { plain } from '../text/index.ts';
import type { Session } from './session.ts';

/** Shows what services write, from a moment (UTC ms) or from their newest lines on, until the signal. */
export async function showLines(
  { loaded }: Session,
  from: { since: number } | { lines: string },
  signal: AbortSignal,
  context: Context,
): Promise<void> {
  const { runLogs } = await import('../logs/index.ts');
  const { plan, project } = loaded;
  await runLogs(
    {
      stateDir: project.stateDir,
      services: plan.services.map(({ name }) => name),
      known: new Map(plan.services.map(({ name, instances }) => [name, instances])),
      follow: true,
      lines: 'lines' in from ? from.lines : null,
      since: 'since' in from ? new Date(from.since).toISOString() : null,
      grep: null,
      json: false,
      timestamps: false,
      color: context.style !== plain,
      instances: [],
      streams: [],
      signal,
      now: Date.now(),
    },
    (text) => context.io.out(text),
  );
}
