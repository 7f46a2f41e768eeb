import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { readAuthorities } from '../socket.ts';
import { Report } from '../observe.ts';
import type { Progress } from '../socket.ts';
import { type RedisAddress, parseRedisUrl } from './address.ts';
import { RedisConnection } from './connection.ts';
import { RedisError } from './reply.ts';

/** Where a Redis is, as a target says it. */
export interface Place {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  ca_file?: string | undefined;
}

/** A broker that answers. */
export interface Broker {
  redis: RedisConnection;
  /** For people. */
  where: string;
  database: number;
  report: Report;
  /** Another connection, that lives a moment longer than this run: to tidy up. Never rejects. */
  afterwards(work: (redis: RedisConnection) => Promise<unknown>): Promise<void>;
}

/** How long tidying up may take, ms. */
const TIDY_MS = 5_000;

/** The address with what stands beside it; null when it is none. */
export function addressOf({ url, user, password }: Place): RedisAddress | null {
  const address = parseRedisUrl(url);
  if (address === null) return null;
  return { ...address, user: user ?? address.user, password: (password ?? address.password) || null };
}

/**
 * Asks something of the Redis in which tasks are queued. Whatever is wrong with Redis itself is `unknown`: it says nothing of the workers, and
 * they must not be restarted for it.
 */
export async function askBroker(
  place: Place,
  context: ProbeContext,
  ask: (broker: Broker) => Promise<Observation>,
): Promise<Observation> {
  const report = new Report(context);
  const address = addressOf(place);
  if (address === null) return report.observe('unknown', 'the url is not the address of a Redis');
  const progress: Progress = { waitingFor: 'a connection' };
  const { shown: where, database } = address;
  try {
    const authorities =
      place.ca_file === undefined ? undefined : await readAuthorities(place.ca_file, context.workingDirectory);
    const open = (signal: AbortSignal): Promise<RedisConnection> =>
      RedisConnection.open({ address, authorities, signal, progress });
    const redis = await open(context.signal);
    try {
      const afterwards: Broker['afterwards'] = async (work) => {
        const later = await open(AbortSignal.timeout(TIDY_MS)).catch(() => null);
        if (later === null) return;
        await work(later).catch(() => {});
        later.close();
      };
      return await ask({ redis, where, database, report, afterwards });
    } finally {
      redis.close();
    }
  } catch (error) {
    if (error instanceof RedisError) return report.observe('unknown', `${where}: Redis says "${error.message}"`);
    const { message } = report.broken(error, where, progress);
    return report.observe('unknown', `the broker does not answer: ${message}`);
  }
}
