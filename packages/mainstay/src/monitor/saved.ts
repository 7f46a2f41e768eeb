import type { Alerts } from '../core/alert/types.ts';
import type { StoredCheck } from '../core/coordinator/index.ts';
import type { Incidents } from '../core/incident/index.ts';
import type { Standing } from '../core/quorum/index.ts';

/** Everything that a monitor keeps over its death: one JSON file, replaced as a whole. */
export interface Saved {
  version: 1;
  id: string;
  project: string;
  pid: number;
  /** UTC ms. */
  startedAt: number;
  /** Last sign of life, UTC ms. */
  alive: number;
  /** ms */
  interval: number;
  alerts: Alerts;
  checks: StoredCheck[];
  incidents: Incidents;
  peers: { id: string; standing: Standing; missedAt: number | null }[];
  /** No witness answers since then, UTC ms; null: it sees the world. */
  blindSince: number | null;
  /** What does not work at the moment, in words. */
  problems: string[];
}

/** What a file holds; null when it is damaged or of another version. */
export function parseSaved(text: string): Saved | null {
  try {
    const saved = JSON.parse(text) as Partial<Saved> | null;
    const isWhole =
      saved?.version === 1 &&
      Array.isArray(saved.alerts?.open) &&
      Array.isArray(saved.alerts.outbox) &&
      Array.isArray(saved.checks) &&
      Array.isArray(saved.incidents?.open);
    return isWhole ? (saved as Saved) : null;
  } catch {
    return null;
  }
}
