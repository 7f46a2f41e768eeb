import { escapeTemplate } from '../../core/template/index.ts';
import type { AlertsPlan } from '../../core/plan/index.ts';

/** Alerts as mainstay.yaml would say them. */
export function alertsForPeople({ publicUrl, notifiers }: AlertsPlan): Record<string, unknown> {
  return {
    ...(publicUrl !== null && { public_url: escapeTemplate(publicUrl) }),
    notifiers: Object.fromEntries(notifiers.map(({ name, kind, target }) => [name, { [kind]: target }])),
  };
}
