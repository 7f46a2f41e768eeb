import type { IncidentReport, IncidentSummary, JournalEvent } from '@mainstay/protocol';
import type { World } from '../core/coordinator/index.ts';
import type { Incident } from '../core/incident/index.ts';

const CLOSED = 'incident.closed';
/** How many of the closed ones are looked through at most. */
export const MOST_CLOSED = 10_000;

export interface IncidentQuery {
  /** UTC ms: those that were not over by then; null: all that are kept. */
  since: number | null;
  limit: number;
}

/** Events as the store gives them. */
export type ReadEvents = (query: { types: string[]; since?: number; limit: number }) => Promise<JournalEvent[]>;

/** Closed and open incidents, oldest first; the newest `limit` of them. */
export async function listIncidents(
  world: World,
  read: ReadEvents,
  { since, limit }: IncidentQuery,
): Promise<IncidentReport[]> {
  const events = await read({ types: [CLOSED], limit, ...(since === null ? {} : { since }) });
  const open = new Set(world.incidents.open.map(({ id }) => id));
  const closed = events.map(({ data }) => data['record'] as Incident).filter(({ id }) => !open.has(id));
  return [...closed, ...world.incidents.open]
    .toSorted((a, b) => a.id - b.id)
    .slice(-limit)
    .map(incidentReport);
}

/** One of them; null when there is none of that number. */
export async function findIncident(world: World, read: ReadEvents, id: number): Promise<IncidentReport | null> {
  const open = world.incidents.open.find((one) => one.id === id);
  if (open !== undefined) return incidentReport(open);
  const events = await read({ types: [CLOSED], limit: MOST_CLOSED });
  const closed = events.map(({ data }) => data['record'] as Incident).find((one) => one.id === id);
  return closed === undefined ? null : incidentReport(closed);
}

/** What `status` says of the open ones. */
export function incidentSummaries({ incidents, services }: World): IncidentSummary[] {
  return incidents.open.map(({ id, severity, cause, title, detectedAt, recoveredAt }) => ({
    id,
    severity,
    service: services.has(cause) ? cause : null,
    cause,
    title,
    opened_at: iso(detectedAt),
    recovered_at: isoOrNull(recoveredAt),
  }));
}

function incidentReport(incident: Incident): IncidentReport {
  const { id, severity, cause, title, by, suppressed, omitted, closedAt, recoveredAt } = incident;
  return {
    id,
    state: closedAt === null ? (recoveredAt === null ? 'open' : 'recovered') : 'closed',
    severity,
    cause,
    title,
    first_failure_at: iso(incident.firstFailureAt),
    detected_at: iso(incident.detectedAt),
    action_at: isoOrNull(incident.actionAt),
    recovered_at: isoOrNull(recoveredAt),
    closed_at: isoOrNull(closedAt),
    by,
    merged_into: incident.mergedInto,
    involved: incident.involved.map((one) => ({ ...one, from: iso(one.from), until: isoOrNull(one.until) })),
    suppressed,
    timeline: incident.timeline.map((one) => ({ ...one, at: iso(one.at) })),
    omitted,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
