import type { Verdict } from '../../kit/index.ts';
import type { Info } from './info.ts';
import type { RedisTarget } from './target.ts';

/** Where Redis would refuse to write, a share of its memory that people should know of. */
const NEARLY_FULL = { warn: 0.9 };
const MEGABYTE = 1_048_576;

export interface Facts {
  data: Record<string, number | string>;
  /** A few words about a Redis that is well. */
  summary: string;
}

/**
 * Complains about everything that is not as it should be.
 *
 * @param rejectedBefore the counter of the last run of this check, or null
 */
export function judge(info: Info, target: RedisTarget, rejectedBefore: number | null, verdict: Verdict): Facts {
  const role = info.text('role') === 'slave' ? 'replica' : 'master';
  if (target.role !== undefined && target.role !== role) {
    verdict.complain('fail', `it is a ${role}, not a ${target.role}`);
  }
  const memory = judgeMemory(info, target, verdict);
  judgePersistence(info, target, verdict);
  judgeRejections(info, target, rejectedBefore, verdict);
  if (role === 'replica') judgeLink(info, target, verdict);
  return {
    data: {
      role,
      ...memory,
      ...present(info, {
        memory_bytes: 'used_memory',
        clients: 'connected_clients',
        rejected_connections: 'rejected_connections',
        evicted_keys: 'evicted_keys',
        replicas: 'connected_slaves',
        uptime_seconds: 'uptime_in_seconds',
        replication_silence: 'master_last_io_seconds_ago',
      }),
    },
    summary: `${role}, ${Math.round((info.number('used_memory') ?? 0) / MEGABYTE)} MiB in use`,
  };
}

function judgeMemory(info: Info, target: RedisTarget, verdict: Verdict): Record<string, number> {
  const used = info.number('used_memory');
  const allowed = info.number('maxmemory') ?? 0;
  const bound = allowed > 0 ? allowed : info.number('total_system_memory');
  if (used === null || bound === null || bound <= 0) return {};
  const refuses = allowed > 0 && info.text('maxmemory_policy') === 'noeviction';
  const whole = allowed > 0 ? 'maxmemory' : 'the memory of the machine';
  verdict.compare(
    used / bound,
    target.used_memory ?? (refuses ? NEARLY_FULL : undefined),
    `uses ${percent(used / bound)} of ${whole}`,
    percent,
  );
  return { memory_used: Math.round((used / bound) * 1000) / 10 };
}

function judgePersistence(info: Info, { persistence }: RedisTarget, verdict: Verdict): void {
  const failed = (field: string): boolean => info.text(field) === 'err';
  if (failed('rdb_last_bgsave_status')) verdict.complain(persistence, 'its last snapshot failed');
  if (info.number('aof_enabled') !== 1) return;
  if (failed('aof_last_write_status')) verdict.complain(persistence, 'its last write to the append-only file failed');
  if (failed('aof_last_bgrewrite_status')) {
    verdict.complain(persistence, 'its last rewrite of the append-only file failed');
  }
}

function judgeRejections(info: Info, target: RedisTarget, before: number | null, verdict: Verdict): void {
  const now = info.number('rejected_connections');
  // A smaller count is that of a Redis which has been started anew.
  if (now === null || before === null || now <= before) return;
  const most = info.number('maxclients');
  const limit = most === null ? '' : ` of ${most}`;
  verdict.complain(
    target.rejected_connections,
    `rejected ${now - before} connections since the last run (${info.number('connected_clients') ?? '?'}${limit} clients)`,
  );
}

function judgeLink(info: Info, { replication }: RedisTarget, verdict: Verdict): void {
  if (info.text('master_link_status') === 'up') return;
  const master = `${info.text('master_host')}:${info.text('master_port')}`;
  const since = info.number('master_link_down_since_seconds');
  const loading = info.number('master_sync_in_progress') === 1;
  // Redis says -1 when there never was a link.
  const how = loading ? 'is being copied' : since === null || since < 0 ? 'is down' : `has been down for ${since} s`;
  verdict.complain(replication, `its link to its master ${master} ${how}`);
}

function present(info: Info, names: Record<string, string>): Record<string, number> {
  const found = Object.entries(names).map(([name, field]) => [name, info.number(field)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, number] => pair[1] !== null && pair[1] >= 0));
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}
