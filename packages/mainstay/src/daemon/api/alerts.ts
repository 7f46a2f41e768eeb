import type { AlertsReport } from '@mainstay/protocol';
import type { Alerts } from '../../core/alert/index.ts';

/** What `mainstay alerts` shows. */
export function alertsReport({ open, outbox, broken }: Alerts): AlertsReport {
  return {
    open: open.map(({ facts, acked }) => ({
      id: facts.id,
      severity: facts.severity,
      subject: facts.subject,
      cause: facts.cause,
      since: iso(facts.since),
      acknowledged_by: acked?.by ?? null,
    })),
    waiting: outbox.map(({ notifier, stage, alerts, due, attempts, reason }) => ({
      notifier,
      message: `${stage} of ${alerts.map(({ subject, id }) => `${subject} (#${id})`).join(', ')}`,
      due: iso(due),
      attempts,
      reason,
    })),
    broken: Object.entries(broken).map(([notifier, { at, reason }]) => ({ notifier, since: iso(at), reason })),
  };
}

const iso = (wall: number): string => new Date(wall).toISOString();
