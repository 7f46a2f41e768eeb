import { EXIT, MainstayError } from '@mainstay/protocol';
import type { Progress, ProgressStep, StatusReport } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { showDone, stepLine } from '../run/progress.ts';
import { humanDuration } from '../text/index.ts';
import { ensureDaemon } from './session.ts';
import type { Session } from './session.ts';

/** Waits until everything is ready or has failed. Returns the exit code. @param timeoutMs null: for ever */
export async function upDetached(asked: Session, timeoutMs: number | null, context: Context): Promise<number> {
  const session = await ensureDaemon(asked, context);
  const { client, label, loaded } = session;
  const abort = new AbortController();
  const timer = timeoutMs === null ? null : setTimeout(() => abort.abort(), timeoutMs);
  const unsettled = new Map<string, ProgressStep>();
  try {
    for await (const item of client.progress('/api/v1/apply', session.request, abort.signal)) {
      if (item.type === 'done') return await finish(item, session, context);
      unsettled.set(label(item.name, item.instance), item);
      if (!context.json) context.io.out(stepLine(item, label, context));
    }
    return EXIT.failed;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    const late = [...unsettled].filter(([, { state }]) => state !== 'ready' && state !== 'completed');
    const names = late.map(([name, { state }]) => `${name} is ${state}`).join(', ');
    throw new MainstayError(
      'timeout',
      `cannot see ${loaded.project.label} ready within ${humanDuration(timeoutMs ?? 0)}: ${names || 'nothing was heard'}`,
      'mainstay status; what was started runs on',
    );
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

async function finish(done: Progress & { type: 'done' }, session: Session, context: Context): Promise<number> {
  const code = showDone(done, session.label, context, null);
  if (!context.json && done.ok) {
    const { summaryTable } = await import('./summary.ts');
    const report = await session.client.json<StatusReport>('GET', '/status');
    context.io.out(`\n${summaryTable(report, session.loaded.plan, session.label, context)}`);
    for (const words of report.daemon.degraded) context.io.err(`mainstay: degraded: ${words}\n`);
  }
  return code;
}
