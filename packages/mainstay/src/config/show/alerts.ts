import { escapeTemplate } from '../../core/template/index.ts';
import { formatDuration, formatHours } from '../values/index.ts';
import type { AlertsPlan } from '../../core/plan/index.ts';

/** Alerts as mainstay.yaml would say them. */
export function alertsForPeople({ publicUrl, notifiers, routes, group, quiet }: AlertsPlan): Record<string, unknown> {
  return {
    ...(publicUrl !== null && { public_url: escapeTemplate(publicUrl) }),
    notifiers: Object.fromEntries(notifiers.map(({ name, kind, target }) => [name, { [kind]: target }])),
    routes: routes.map(({ severity, services, during, to, remind, escalate }) => ({
      severity,
      ...(services.length > 0 && { services }),
      ...(during !== null && { during: formatHours(during) }),
      to,
      ...(remind !== null && { remind: formatDuration(remind) }),
      ...(escalate !== null && { escalate: { after: formatDuration(escalate.after), to: escalate.to } }),
    })),
    group: formatDuration(group),
    ...(quiet.length > 0 && { quiet: quiet.map(formatHours) }),
  };
}
