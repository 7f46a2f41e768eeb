import { Cron } from 'croner';
import { judgeBeat, type Beat, type BeatState, type Judged } from '../../../core/heartbeat/index.ts';
import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, shownTime } from '../../kit/index.ts';
import type { HeartbeatTarget } from './target.ts';

const SCHEDULED_GRACE_MS = 3_600_000;
const LEAST_GRACE_MS = 30_000;

const STATUS: Readonly<Record<BeatState, Observation['status']>> = {
  new: 'unknown',
  well: 'pass',
  late: 'pass',
  missing: 'fail',
  overdue: 'fail',
  failed: 'fail',
};

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const report = new Report(context);
  const { beat } = context;
  if (beat === undefined) return report.observe('unknown', 'jobs report to the daemon: it alone knows');
  const { every, schedule, grace, longest = null } = target as HeartbeatTarget;
  const cron = schedule === undefined ? null : new Cron(schedule, { paused: true, mode: '5-part' });
  const next = (after: number): number | null =>
    cron === null ? after + (every ?? 0) : (cron.nextRun(new Date(after))?.getTime() ?? null);
  const allowed = grace ?? (every === undefined ? SCHEDULED_GRACE_MS : Math.max(LEAST_GRACE_MS, every / 10));
  const now = context.wallMs();
  const judged = judgeBeat(beat, { next, grace: allowed, longest }, now);
  return report.observe(STATUS[judged.state], words(beat, judged, allowed, now), measured(beat, now));
}

function words(beat: Beat, { state, due }: Judged, grace: number, now: number): string {
  const { last, running } = beat;
  const said = last === null || last.message === '' ? '' : `: ${last.message}`;
  const since = (at: number): string => shownTime(Math.max(0, Math.round((now - at) / 1000)));
  const inTime = (at: number): string => shownTime(Math.max(0, Math.round((at - now) / 1000)));
  const going = running === null ? '' : `; it started ${since(running.at)} ago and has not ended`;
  switch (state) {
    case 'failed': {
      const code = last?.code ?? null;
      return `failed ${since(last?.at ?? now)} ago${code === null ? '' : ` with exit code ${code}`}${said}`;
    }
    case 'overdue':
      return `has been running for ${since(running?.at ?? now)}, longer than it may`;
    case 'missing': {
      const when = last === null ? 'it has never reported' : `the last report came ${since(last.at)} ago`;
      return `a report has been due for ${since(due ?? now)}: ${when}${going}`;
    }
    case 'new':
      return `it has not reported yet${due === null ? '' : `; that is missing in ${inTime(due + grace)}`}${going}`;
    case 'late':
      return `due for ${since(due ?? now)}, missing in ${inTime((due ?? now) + grace)}${going}`;
    case 'well': {
      const took = last?.tookMs == null ? '' : `, took ${shownTime(Math.round(last.tookMs / 1000))}`;
      return `reported ${since(last?.at ?? now)} ago${took}${said}${going}`;
    }
  }
}

function measured({ last, running }: Beat, now: number): Record<string, number> {
  const seconds = (ms: number): number => Math.max(0, Math.round(ms / 1000));
  const duration = running !== null ? now - running.at : (last?.tookMs ?? null);
  return {
    ...(duration !== null && { duration: seconds(duration) }),
    ...(last?.signal === 'success' && { age: seconds(now - last.at) }),
  };
}
