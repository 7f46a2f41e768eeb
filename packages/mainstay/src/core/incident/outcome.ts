import type { IncidentOutcome } from '@mainstay/protocol';
import type { Incident } from './types.ts';

/** What an incident that is over meant for each of those that were involved. One that became a part of another is told there. */
export function outcomesOf(incident: Incident): IncidentOutcome[] {
  const { id, cause, detectedAt, recoveredAt, mergedInto, by } = incident;
  if (mergedInto !== null || recoveredAt === null) return [];
  return incident.involved.map(({ name, kind, failure, from, until, isOff }) => ({
    incident: id,
    subject: `${kind}:${name}`,
    failure: name === cause ? (failure ?? null) : 'dependency',
    is_cause: name === cause,
    from,
    to: until ?? recoveredAt,
    detected_at: detectedAt,
    by,
    is_off: isOff === true,
  }));
}
