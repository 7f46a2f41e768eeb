import type { Observation, ProbeContext } from '../../../ports/index.ts';
import { Report, readKernel, restartsWithin, shownTime } from '../../kit/index.ts';
import { PROPERTIES, type Unit, parseUnit, showWords, systemctl, troubleOf } from '../../kit/systemd/index.ts';
import type { SystemdTarget } from './target.ts';

export async function run(target: Record<string, unknown>, context: ProbeContext): Promise<Observation> {
  const settings = target as unknown as SystemdTarget;
  const report = new Report(context);
  const words = showWords(settings.unit, PROPERTIES);
  const answer = await systemctl(words, settings.user, context.environment, context.signal);
  // How systemd is says nothing about the unit.
  if (context.signal.aborted) return { ...report.aborted('an answer of systemd'), status: 'unknown' };
  if ('why' in answer) return report.observe('unknown', answer.why);
  const unit = parseUnit(answer.text);
  if (unit.ActiveState === undefined) return report.observe('unknown', 'systemctl did not tell the state of the unit');
  return judge(unit, settings, context, report);
}

function judge(
  unit: Unit,
  { unit: name, restarts: limit, over }: SystemdTarget,
  context: ProbeContext,
  report: Report,
): Observation {
  const restarts = restartsWithin(context, Number(unit.NRestarts ?? 0), over);
  const age = ageOf(unit);
  const data = {
    state: `${unit.ActiveState} (${unit.SubState})`,
    restarts,
    ...(age === null ? {} : { age }),
  };
  const trouble = troubleOf(unit);
  if (trouble !== null) return report.observe(trouble.status, `${name}: ${trouble.text}`, data);
  if (restarts >= limit) {
    return report.observe('fail', `${name}: was restarted ${restarts} times within ${shownTime(over / 1000)}`, data);
  }
  const since = age === null ? '' : ` since ${shownTime(age)}`;
  return report.observe('pass', `${name}: ${data.state}${since}`, data);
}

/** Seconds since it became active; null when it is not. */
function ageOf({ ActiveState: active, ActiveEnterTimestampMonotonic: entered = '0' }: Unit): number | null {
  const uptime = Number(readKernel('/proc/uptime')?.split(' ')[0] ?? Number.NaN);
  if (active !== 'active' || Number(entered) === 0 || !Number.isFinite(uptime)) return null;
  return Math.max(0, Math.round(uptime - Number(entered) / 1_000_000));
}
