import type { CheckRun } from '@mainstay/protocol';
import { NO_ALERTS, tell, type AlertMessage, type Sight, type Sights } from '../core/alert/index.ts';
import type { NotifierPlan } from '../core/plan/index.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import { messageOf } from './desk.ts';

/** What one notifier would be told. */
export interface Trial {
  notifier: NotifierPlan;
  /** The checks, in words. */
  about: string;
  /** The alert and its recovery, marked as a test. */
  messages: AlertMessage[];
}

/**
 * What people would be told if the results of `runs` were confirmed; when all is well, as if the first check had failed.
 * @param wall UTC ms
 */
export function trial(
  plan: MonitorPlan,
  runs: readonly CheckRun[],
  wall: number,
  local: { day: number; minute: number },
): Trial[] {
  const { alerts, checks } = plan.plan;
  if (alerts === null) return [];
  const context = { plan: { ...alerts, quiet: [] }, wall, local, sending: new Set<string>() };
  const sights = sightsOf(runs, wall);
  const opened = tell(NO_ALERTS, sights, context).alerts;
  const gone = new Map([...sights.keys()].map((source) => [source, 'well'] as const));
  const closed = tell({ ...opened, outbox: [] }, gone, context).alerts;
  return alerts.notifiers.flatMap((notifier): Trial[] => {
    const all = [...opened.outbox, ...closed.outbox].filter((one) => one.notifier === notifier.name);
    if (all.length === 0) return [];
    const subjects = new Set(all.flatMap((one) => one.alerts.map(({ subject }) => subject)));
    const about = [...subjects].map((name) => (isBad(runs, name) ? name : `${name}, as if it failed`)).join(', ');
    return [
      {
        notifier,
        about: about === '' ? (checks[0]?.name ?? '') : about,
        messages: all.map((one) => messageOf(one, plan, true)),
      },
    ];
  });
}

const isBad = (runs: readonly CheckRun[], name: string): boolean =>
  runs.some((run) => run.name === name && (run.status === 'fail' || run.status === 'warn'));

function sightsOf(runs: readonly CheckRun[], wall: number): Sights {
  const bad = runs.filter(({ name }) => isBad(runs, name));
  const [first] = runs;
  const chosen =
    bad.length > 0 || first === undefined ? bad : [{ ...first, status: 'fail' as const, message: 'it is only a test' }];
  return new Map(chosen.map((run): [string, Sight] => [`check/${run.name}`, troubleOf(run, wall)]));
}

function troubleOf({ name, status, message }: CheckRun, wall: number): Sight {
  return {
    severity: status === 'fail' ? 'critical' : 'warning',
    subject: name,
    cause: message,
    since: wall,
    action: null,
    affected: [],
    owner: null,
    runbook: null,
    except: null,
  };
}
