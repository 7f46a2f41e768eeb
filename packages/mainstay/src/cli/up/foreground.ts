import { EXIT } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { daemonGone } from '../run/down.ts';
import { showProblems, showProgress } from '../run/progress.ts';
import { showEvents } from './events.ts';
import { listenForEnd } from './signals.ts';
import { ensureDaemon } from './session.ts';
import type { Session } from './session.ts';

/** Shows everything live until Ctrl-C. Returns the exit code. */
export async function upForeground(session: Session, context: Context): Promise<number> {
  using end = listenForEnd();
  const { client, label, loaded, running } = session;
  const { io, style } = context;
  await ensureDaemon(session, context);
  if (running) io.out('a daemon already runs: its plan is brought up to date\n');

  const view = new AbortController();
  const shown = showEvents(session, view.signal, context);
  const starting = start(session, end.first, context);
  const ended = await Promise.race([shown.then(() => 'daemon' as const), end.first.then(() => 'person' as const)]);
  await starting;
  if (ended === 'daemon') {
    io.out(`the daemon has ended: ${loaded.project.label} is down\n`);
    return EXIT.done;
  }
  if (running) {
    view.abort();
    io.out(`\n${loaded.project.label} runs on; mainstay down stops it\n`);
    return EXIT.done;
  }
  io.out(style('bold', '\nstopping everything in order; once more stops it at once\n'));
  view.abort();
  const orderly = showProgress(client.progress('/api/v1/down', { now: false }), label, context, null);
  const hurry = end.second.then(async () => {
    io.out(style('bold', '\nstopping everything at once\n'));
    return showProgress(client.progress('/api/v1/down', { now: true }), label, context, null);
  });
  const code = await Promise.race([orderly, hurry]);
  await daemonGone(client, loaded.project.stateDir);
  if (code === EXIT.done) io.out(`${loaded.project.label} is down\n`);
  return code;
}

/** Gives the plan to the daemon, and sums up once everything is where it should be. Stops caring when the end comes first. */
async function start(session: Session, end: Promise<void>, context: Context): Promise<void> {
  const abort = new AbortController();
  void end.then(() => abort.abort());
  const { client, label, loaded } = session;
  try {
    for await (const item of client.progress('/api/v1/apply', session.request, abort.signal)) {
      if (item.type !== 'done') continue;
      showProblems(item, label, context);
      const { summaryTable } = await import('./summary.ts');
      const report = await client.json<Parameters<typeof summaryTable>[0]>('GET', '/status');
      context.io.out(`\n${summaryTable(report, loaded.plan, label, context)}\n`);
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
}
