import { EXIT } from '@mainstay/protocol';
import type { StatusReport } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { bringDown, daemonGone } from '../run/down.ts';
import { showProblems } from '../run/progress.ts';
import { showEvents } from './events.ts';
import { ensureDaemon } from './session.ts';
import type { Session } from './session.ts';
import { listenForEnd } from './signals.ts';
import type { End } from './signals.ts';

/**
 * Shows everything live. Ctrl-C stops what this `up` started; when a daemon ran before, it only ends
 * the view. Returns the exit code.
 */
export async function upForeground(session: Session, context: Context): Promise<number> {
  using end = listenForEnd();
  const { loaded, running } = session;
  const { io } = context;
  const since = Date.now();
  if (running) io.out('a daemon already runs; it gets the plan\n');
  else await ensureDaemon(session, context);

  const view = new AbortController();
  const shown = showEvents(session, since, view.signal, context);
  const starting = start(session, end, context);
  const why = await Promise.race([
    shown.then(() => 'daemon ended' as const),
    end.first.then(() => 'asked to end' as const),
    // Only its failure ends the view.
    starting.then(() => new Promise<never>(() => undefined)),
  ]);
  if (why === 'daemon ended') {
    io.out(`the daemon has ended: ${loaded.project.label} is down\n`);
    return EXIT.done;
  }
  view.abort();
  if (running) {
    io.out(`\n${loaded.project.label} runs on; mainstay down stops it\n`);
    return EXIT.done;
  }
  return await stopEverything(session, end, context);
}

/** In order; at once when asked a second time. */
async function stopEverything({ client, label, loaded }: Session, end: End, context: Context): Promise<number> {
  const { io, style } = context;
  io.out(`\n${style('bold', 'stopping everything in order; Ctrl-C again stops it at once')}\n`);
  const orderly = bringDown(client, { now: false }, label, context);
  const hurried = end.second.then(() => {
    io.out(`\n${style('bold', 'stopping everything at once')}\n`);
    return bringDown(client, { now: true }, label, context);
  });
  const code = await Promise.race([orderly, hurried]);
  await daemonGone(client, loaded.project.stateDir);
  if (code === EXIT.done) io.out(`${loaded.project.label} is down\n`);
  return code;
}

/** Gives the plan to the daemon, and sums up once everything is where it can get. Stops caring when the end is asked for. */
async function start({ client, label, loaded, request }: Session, end: End, context: Context): Promise<void> {
  const abort = new AbortController();
  void end.first.then(() => abort.abort());
  try {
    for await (const item of client.progress('/api/v1/apply', request, abort.signal)) {
      if (item.type !== 'done') continue;
      const { summaryTable } = await import('./summary.ts');
      const report = await client.json<StatusReport>('GET', '/status', { signal: abort.signal });
      context.io.out(`\n${summaryTable(report, loaded.plan, label, context)}\n`);
      showProblems(item, label, context);
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
}
