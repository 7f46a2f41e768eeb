import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, MainstayError } from '@mainstay/protocol';
import type { StatusReport } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { bringDown, daemonGone } from '../run/down.ts';
import { showProblems } from '../run/progress.ts';
import { listenForEnd } from '../run/signals.ts';
import type { End } from '../run/signals.ts';
import { showEvents } from './events.ts';
import { showLines } from './lines.ts';
import { ensureDaemon } from './session.ts';
import type { Session } from './session.ts';

/**
 * Shows everything live. Ctrl-C stops what this `up` started; when a daemon ran before, it only ends
 * the view. Returns the exit code.
 */
export async function upForeground(asked: Session, context: Context): Promise<number> {
  using end = listenForEnd(context.io);
  const { io } = context;
  const since = Date.now();
  if (asked.running) io.out('a daemon already runs; it gets the plan\n');
  const session = await ensureDaemon(asked, context);
  const { loaded, running } = session;

  using view = openView(session, since, context);
  const starting = start(session, end, context);
  const why = await Promise.race([
    view.daemonEnded.then(() => 'daemon ended' as const),
    end.first.then(() => 'asked to end' as const),
    // Only their failure ends the view.
    Promise.all([starting, view.logs]).then(() => new Promise<never>(() => undefined)),
  ]);
  if (why === 'daemon ended') {
    await sleep(LAST_LINES_MS);
    // It removes that at an orderly end.
    if (existsSync(join(loaded.project.stateDir, 'daemon.json'))) {
      throw new MainstayError(
        'no-daemon',
        'cannot go on: the daemon and its guardian were killed; services run on, and nobody looks after them',
        'mainstay up, which takes them over',
      );
    }
    io.out(`the daemon has ended: ${loaded.project.label} is down\n`);
    return EXIT.done;
  }
  view.endEvents();
  if (running) {
    io.out(`\n${loaded.project.label} runs on; mainstay down stops it\n`);
    return EXIT.done;
  }
  return await stopEverything(session, end, context);
}

/** How long the last lines of services may take into their files and from there into the view. */
const LAST_LINES_MS = 300;

interface View extends Disposable {
  /** Resolves when there is no daemon any more. */
  daemonEnded: Promise<void>;
  logs: Promise<unknown>;
  /** Shows lines of services only, from now on. */
  endEvents(): void;
}

/** What services write and what happens to them. A view of an earlier daemon begins with its last lines. */
function openView(session: Session, since: number, context: Context): View {
  const { running } = session;
  const events = new AbortController();
  const lines = new AbortController();
  return {
    daemonEnded: showEvents(session, since, events.signal, context),
    logs: showLines(session, running ? { lines: '10' } : { since }, lines.signal, context),
    endEvents: () => events.abort(),
    [Symbol.dispose]: () => {
      events.abort();
      lines.abort();
    },
  };
}

/** In order; at once when asked a second time. */
async function stopEverything({ client, label, loaded }: Session, end: End, context: Context): Promise<number> {
  const { io, style } = context;
  io.out(`\n${style('bold', 'stopping everything in order; Ctrl-C again stops it at once')}\n`);
  const daemon = client.daemonProcess();
  const orderly = bringDown(client, { now: false }, label, context);
  const hurried = end.second.then(() => {
    io.out(`\n${style('bold', 'stopping everything at once')}\n`);
    return bringDown(client, { now: true }, label, context);
  });
  const code = await Promise.race([orderly, hurried]);
  await daemonGone(client, loaded.project.stateDir, daemon);
  await sleep(LAST_LINES_MS);
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
