/** What is to be sent now, and what follows from its outcome. */
import { backoffDelay } from '@mainstay/sdk/policy';
import { isQuiet, escalationTimes } from './route.ts';
import type { AlertContext, AlertRecord, AlertStep, Alerts, Delivery } from './types.ts';

/** Pauses between attempts. */
const BACKOFF = { delay: 15_000, factor: 2, maxDelay: 900_000, jitter: 0.2 };
/** The longest that another side's wish for a pause is heeded, ms. */
const LONGEST_WISH = 3_600_000;
/** The longest time between two looks: at the wall clock, which may be set, and at quiet hours, ms. */
const LOOK_AGAIN = 60_000;
/** The same while an alert is open, for what is well only after a time, ms. */
const LOOK_WHILE_OPEN = 10_000;

/** What became of an attempt. */
export type Outcome =
  | { result: 'delivered'; remark: string | null }
  | { result: 'retry'; reason: string; afterMs: number | null }
  | { result: 'permanent'; reason: string };

/** Deliveries to begin now: one at a time for each notifier, and for each alert in the order in which they came. */
export function ready({ outbox }: Alerts, context: AlertContext): Delivery[] {
  const { sending, plan, wall, local } = context;
  const busy = new Set(outbox.filter(({ key }) => sending.has(key)).map(({ notifier }) => notifier));
  const quiet = isQuiet(plan, local);
  const waiting = new Set<string>();
  const found: Delivery[] = [];
  for (const one of outbox) {
    const places = one.alerts.map(({ id }) => `${one.notifier} ${id}`);
    const isFree = !busy.has(one.notifier) && !places.some((place) => waiting.has(place));
    for (const place of places) waiting.add(place);
    const isHeldBack = quiet && one.alerts.every(({ severity }) => severity !== 'critical');
    if (!isFree || isHeldBack || !isDue(one, wall)) continue;
    busy.add(one.notifier);
    found.push(one);
  }
  return found;
}

/** A time that is too far away was set by a clock that has been set back since. */
function isDue({ due }: Delivery, wall: number): boolean {
  return due <= wall || due > wall + LONGEST_WISH + LOOK_AGAIN;
}

/** When to look again, UTC ms; null: nothing is going on. */
export function nextLook({ open, outbox }: Alerts, { plan, wall, sending }: AlertContext): number | null {
  if (open.length === 0 && outbox.length === 0) return null;
  const times = [
    ...outbox.filter(({ key }) => !sending.has(key)).map(({ due }) => due),
    ...open.flatMap((alert) => escalationTimes(alert, plan)),
  ];
  return Math.min(wall + (open.length > 0 ? LOOK_WHILE_OPEN : LOOK_AGAIN), ...times.filter((time) => time > wall));
}

/**
 * Takes in what became of an attempt.
 * @param random in [0, 1)
 */
export function attempted(before: Alerts, key: string, outcome: Outcome, wall: number, random: number): AlertStep {
  const delivery = before.outbox.find((one) => one.key === key);
  if (delivery === undefined) return { alerts: before, records: [] };
  if (outcome.result === 'retry') {
    const wish = Math.min(outcome.afterMs ?? 0, LONGEST_WISH);
    const pause = Math.max(wish, backoffDelay(BACKOFF, delivery.attempts + 1, random));
    const later = { ...delivery, attempts: delivery.attempts + 1, due: wall + pause, reason: outcome.reason };
    return { alerts: { ...before, outbox: before.outbox.map((one) => (one === delivery ? later : one)) }, records: [] };
  }
  const outbox = before.outbox.filter((one) => one !== delivery);
  const { notifier, stage, alerts } = delivery;
  const told = `${stage} of ${alerts.map(({ subject, id }) => `${subject} (#${id})`).join(', ')}`;
  const data = { notifier, key, stage };
  if (outcome.result === 'permanent') {
    const reason = `${outcome.reason}; it was to say: ${told}`;
    const failed: AlertRecord = { type: 'alert.undeliverable', message: `${notifier} cannot be told: ${reason}`, data };
    const broken = { ...before.broken, [notifier]: { at: before.broken[notifier]?.at ?? wall, reason } };
    return { alerts: { ...before, outbox, broken }, records: [failed] };
  }
  const { [notifier]: _, ...broken } = before.broken;
  const ids = new Set(alerts.map(({ id }) => id));
  const open = before.open.map((alert) => {
    if (!ids.has(alert.facts.id)) return alert;
    return { ...alert, told: alert.told.map((one) => (one.notifier === notifier ? { ...one, arrived: true } : one)) };
  });
  const remark = outcome.remark === null ? '' : ` (${outcome.remark})`;
  const done: AlertRecord = { type: 'alert.delivered', message: `${notifier} was told: ${told}${remark}`, data };
  return { alerts: { ...before, outbox, open, broken }, records: [done] };
}
