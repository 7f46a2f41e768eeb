import type { ApplyRequest } from '@mainstay/protocol';
import type { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import type { Loaded } from '../project/load.ts';
import type { Label } from '../run/progress.ts';
import { startOrder } from './order.ts';

/** One run of `up`. */
export interface Session {
  loaded: Loaded;
  client: Client;
  /** A daemon ran before. */
  running: boolean;
  request: ApplyRequest;
  label: Label;
  dev: boolean;
}

/**
 * Starts the daemon when none runs, and its guardian when that was killed. A daemon started here starts
 * what is wanted by itself: what failed meanwhile, a task above all, must not be started once more by the
 * request.
 */
export async function ensureDaemon(session: Session, context: Context): Promise<Session> {
  if (session.running && session.client.isGuarded) return session;
  const { startDaemon } = await import('../daemonize/index.ts');
  const { project, plan, shellOnly } = session.loaded;
  const startedHere = await startDaemon({
    stateDir: project.stateDir,
    label: project.label,
    plan,
    services: startOrder(plan, session.request.services ?? []).map(({ service }) => service.name),
    dev: session.dev,
    env: context.io.env,
    extraEnv: shellOnly,
  });
  return startedHere ? { ...session, request: { ...session.request, services: [] } } : session;
}
