/** How each kind of check is run. Loads nothing but the kind that is asked for, and no schema. */
import type { CheckRunner } from '../kinds/kit/define.ts';
import { redact } from '../kinds/kit/redact.ts';
import type { Observation, ProbeContext, Prober } from '../ports/index.ts';

export const RUNNERS: Readonly<Record<string, () => Promise<CheckRunner>>> = {
  celery: () => import('../kinds/checks/celery/run.ts'),
  cpu: () => import('../kinds/checks/cpu/run.ts'),
  directory: () => import('../kinds/checks/directory/run.ts'),
  disk: () => import('../kinds/checks/disk/run.ts'),
  dns: () => import('../kinds/checks/dns/run.ts'),
  docker: () => import('../kinds/checks/docker/run.ts'),
  exec: () => import('../kinds/checks/exec/run.ts'),
  file: () => import('../kinds/checks/file/run.ts'),
  heartbeat: () => import('../kinds/checks/heartbeat/run.ts'),
  http: () => import('../kinds/checks/http/run.ts'),
  load: () => import('../kinds/checks/load/run.ts'),
  logs: () => import('../kinds/checks/logs/run.ts'),
  mainstay: () => import('../kinds/checks/mainstay/run.ts'),
  memory: () => import('../kinds/checks/memory/run.ts'),
  metrics: () => import('../kinds/checks/metrics/run.ts'),
  port: () => import('../kinds/checks/port/run.ts'),
  postgres: () => import('../kinds/checks/postgres/run.ts'),
  process: () => import('../kinds/checks/process/run.ts'),
  redis: () => import('../kinds/checks/redis/run.ts'),
  rq: () => import('../kinds/checks/rq/run.ts'),
  systemd: () => import('../kinds/checks/systemd/run.ts'),
  tcp: () => import('../kinds/checks/tcp/run.ts'),
  tls: () => import('../kinds/checks/tls/run.ts'),
};

/** Runs probes. What goes wrong, in the probe or around it, is an observation; messages are free of secrets of the environment. */
export function createProber(runners: Readonly<Record<string, () => Promise<CheckRunner>>> = RUNNERS): Prober {
  return {
    async probe(kind: string, target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
      const startedAt = context.monotonicMs();
      const observation = await attempt(runners, kind, target, context).catch((error: unknown) => ({
        status: 'unknown' as const,
        message: `the probe could not be made: ${error instanceof Error ? error.message : String(error)}`,
        latencyMs: context.monotonicMs() - startedAt,
      }));
      return { ...observation, message: redact(observation.message, context.environment) };
    },
  };
}

async function attempt(
  runners: Readonly<Record<string, () => Promise<CheckRunner>>>,
  kind: string,
  target: Record<string, unknown>,
  context: ProbeContext,
): Promise<Observation> {
  const load = Object.hasOwn(runners, kind) ? runners[kind] : undefined;
  if (load === undefined) throw new Error(`"${kind}" is not a kind of check that this version knows`);
  const runner = await load();
  return runner.run(target, context);
}
