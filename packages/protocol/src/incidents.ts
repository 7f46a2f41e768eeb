/** An incident: from the first failed observation to the first good one of everything that broke with it. Times are ISO 8601, UTC. */
export interface IncidentReport {
  id: number;
  /** `recovered`: everything is good again, which has to last before it is closed. */
  state: 'open' | 'recovered' | 'closed';
  severity: 'warning' | 'critical';
  /** Name of the service or check that broke first. */
  cause: string;
  title: string;
  first_failure_at: string;
  detected_at: string;
  /** When something was first done about it; null: nothing was. */
  action_at: string | null;
  recovered_at: string | null;
  closed_at: string | null;
  /** Who put it right; null while it is open. */
  by: 'mainstay' | 'operator' | 'itself' | null;
  /** The incident that it turned out to be a part of. */
  merged_into: number | null;
  involved: { name: string; kind: 'service' | 'check'; reason: string; from: string; until: string | null }[];
  /** Checks that said nothing because of it. */
  suppressed: string[];
  timeline: { at: string; subject: string; what: 'observation' | 'action' | 'operator' | 'delivery'; text: string }[];
  /** Entries that were left out of the middle of the timeline. */
  omitted: number;
}
