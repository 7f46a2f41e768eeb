import type { Unit } from '../plan/index.ts';

/** One number that a kind of check measures, for thresholds (`warn`, `fail`) to compare. */
export interface Measure {
  /** Key in the `data` of an observation; {@link LATENCY} is in every one. Also the name that `of` in a threshold gives. */
  name: string;
  unit: Unit;
  /** For the reference: what it is, without a full stop. */
  description: string;
  /** The side on which it gets worse: what a threshold without `above` or `below` means. */
  worse: 'above' | 'below';
  /** Limits that hold when neither `warn` nor `fail` is written, in the unit. */
  warn?: number;
  fail?: number;
}

/** The time a run took, in seconds: every kind can offer it. */
export const LATENCY: Measure = {
  name: 'latency',
  unit: 'seconds',
  description: 'How long the run took',
  worse: 'above',
};

/** What was observed, as far as thresholds look at it. */
export interface Measured {
  latencyMs: number;
  data?: Readonly<Record<string, number | string>> | undefined;
}

/** The value of a measure, in its unit; null when the run did not measure it. */
export function measuredValue({ latencyMs, data }: Measured, name: string): number | null {
  if (name === LATENCY.name) return latencyMs / 1000;
  const value = data?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
