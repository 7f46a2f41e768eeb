import type { AlertsPlan, HoursPlan, RoutePlan } from '../plan/index.ts';
import type { Alert, AlertContext } from './types.ts';

const DAY = 24 * 60;

/** Whether a local time lies in these hours. */
export function within({ days, from, until }: HoursPlan, { day, minute }: AlertContext['local']): boolean {
  const begins = (on: number): boolean => days.length === 0 || days.includes((on + 7) % 7);
  const length = until > from ? until - from : until + DAY - from;
  // Those that began today, and those that began yesterday and reach over midnight.
  return (
    (begins(day) && minute >= from && minute < from + length) ||
    (begins(day - 1) && minute + DAY >= from && minute + DAY < from + length)
  );
}

/** Whether only what is critical is sent now. */
export function isQuiet({ quiet }: AlertsPlan, local: AlertContext['local']): boolean {
  return quiet.some((hours) => within(hours, local));
}

/** Somebody to be told of an alert. */
export interface Wanted {
  notifier: string;
  /** Time between reminders; null: none. */
  remind: number | null;
  /** Told because nobody has acknowledged it. */
  escalated: boolean;
}

/** Who is to be told of an alert at this moment, each once. */
export function wantedOf(alert: Alert, { plan, wall, local }: AlertContext): Wanted[] {
  const wanted = new Map<string, Wanted>();
  const known = new Set(plan.notifiers.map(({ name }) => name));
  const want = (notifier: string, remind: number | null, escalated: boolean): void => {
    if (!known.has(notifier) || notifier === alert.except) return;
    const before = wanted.get(notifier);
    const both = [before?.remind ?? null, remind].filter((one) => one !== null);
    wanted.set(notifier, {
      notifier,
      remind: both.length === 0 ? null : Math.min(...both),
      escalated: escalated && (before?.escalated ?? true),
    });
  };
  for (const route of plan.routes) {
    if (!matches(route, alert) || (route.during !== null && !within(route.during, local))) continue;
    for (const notifier of route.to) want(notifier, route.remind, false);
    const { escalate } = route;
    if (escalate === null || alert.acked !== null || wall < alert.openedAt + escalate.after) continue;
    for (const notifier of escalate.to) want(notifier, route.remind, true);
  }
  return [...wanted.values()];
}

function matches({ severity, services }: RoutePlan, { facts }: Alert): boolean {
  return severity.includes(facts.severity) && (services.length === 0 || services.includes(facts.subject));
}

/** Moments after which somebody else may be wanted: ends of waiting for an acknowledgement. UTC ms. */
export function escalationTimes(alert: Alert, { routes }: AlertsPlan): number[] {
  if (alert.acked !== null) return [];
  return routes.flatMap((route) =>
    route.escalate !== null && matches(route, alert) ? [alert.openedAt + route.escalate.after] : [],
  );
}
