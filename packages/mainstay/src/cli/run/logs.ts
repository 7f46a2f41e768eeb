import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { readJson } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { runLogs } from '../logs/index.ts';
import { locateProject } from '../project/locate.ts';
import { plain } from '../text/index.ts';
import { listenForEnd } from './signals.ts';

export async function run(context: Context): Promise<number> {
  using end = listenForEnd(context.io);
  const { args, flags, io, json, style, values } = context;
  const { stateDir } = locateProject(context);
  const known = knownServices(stateDir);
  const wanted = namesAndInstances(args);
  const count = known?.get(wanted.services[0] ?? '');
  const missing = wanted.instances.find((instance) => count !== undefined && instance >= count);
  if (missing !== undefined) {
    throw new MainstayError(
      'unknown-service',
      `cannot show the log of ${wanted.services[0]}/${missing}: there is no such instance`,
      `instances: ${count}, counted from 0`,
    );
  }
  const stop = new AbortController();
  void end.first.then(() => stop.abort());
  const stream = values.get('stream');
  return await runLogs(
    {
      stateDir,
      ...wanted,
      known,
      follow: flags.has('follow'),
      lines: values.get('lines') ?? null,
      since: values.get('since') ?? null,
      grep: values.get('grep') ?? null,
      json,
      timestamps: flags.has('timestamps'),
      color: style !== plain,
      streams: stream === 'out' || stream === 'err' ? [stream] : [],
      signal: stop.signal,
      now: Date.now(),
    },
    (text) => io.out(text),
  );
}

/** Services of the plan that the daemon has or had, and their instances; null when there is none. */
function knownServices(stateDir: string): Map<string, number> | null {
  const plan = readJson<Plan>(join(stateDir, 'plan.json'));
  return plan === null ? null : new Map(plan.services.map(({ name, instances }) => [name, instances]));
}

/** `web`, `web/1`: instances of one service only, because the reader filters all by the same numbers. */
function namesAndInstances(args: readonly string[]): { services: string[]; instances: number[] } {
  const parts = args.map((arg) => arg.split('/'));
  const services = [...new Set(parts.map(([service = '']) => service))];
  const instances = parts.flatMap(([, instance]) => (instance === undefined ? [] : [Number(instance)]));
  if (instances.some((instance) => !Number.isInteger(instance))) {
    throw usage(`cannot show the logs of ${args.join(', ')}: an instance is a number`, 'mainstay logs backend/1');
  }
  if (instances.length > 0 && (services.length > 1 || instances.length < args.length)) {
    throw usage(
      'cannot show the logs of single instances beside other services',
      'mainstay logs backend/1, or mainstay logs backend web',
    );
  }
  return { services, instances };
}
