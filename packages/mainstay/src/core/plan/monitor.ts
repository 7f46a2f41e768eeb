import type { CheckPlan, Ms, Plan, Template } from './types.ts';

/** What an external monitor does: its file, or the section `monitor` of mainstay.yaml, with every default filled in. */
export interface MonitorPlan {
  /** Its name among the monitors; whoever has the lowest goes first. */
  id: string;
  /** The checks it runs and whom it tells, as a project without services. */
  plan: Plan;
  /** Time between two runs of a check that is well, between two heartbeats, and between two looks at the other monitors. */
  interval: Ms;
  /** Time between two runs while something is not well, or not confirmed yet. */
  recheck: Ms;
  /** What answers while this machine has a network; none: it is taken for granted. */
  witnesses: WitnessPlan[];
  peers: PeerPlan[];
  /** What all monitors of a quorum know; null: there are no others. */
  key: Template | null;
  /** Null: nobody can ask it. */
  listen: { host: string; port: number } | null;
  /** Where it reports in; null: nowhere. */
  heartbeat: Template | null;
}

export type WitnessPlan = Pick<CheckPlan, 'name' | 'kind' | 'target' | 'timeout'>;

/** Another monitor. */
export interface PeerPlan {
  id: string;
  /** Where it listens: `http://10.0.0.2:7071`. */
  url: Template;
}
