import { LATENCY_ERROR } from '../../core/results/index.ts';
import type { Report } from './model.ts';

/** How everything in a report was computed, a line each. */
export function formulasOf({ services, checks }: Report): string[] {
  const all = [...services, ...checks];
  const lines = [...ALWAYS];
  if (all.some(({ figures }) => figures.budget !== null)) lines.push(BUDGET);
  if (all.some(({ verdicts }) => verdicts.length > 0)) lines.push(...OBJECTIVES);
  if (all.some(({ results }) => results !== null)) lines.push(...RESULTS);
  return lines;
}

const ALWAYS: readonly string[] = [
  'Uptime = (up + degraded) ÷ (up + degraded + down). Time that was not observed, and planned time, are in neither.',
  'Coverage = 1 − not observed ÷ watched. Not observed: mainstay did not run or stood still, or a check could not tell.',
  'Planned: maintenance windows, stopped by you, and starts and restarts that you asked for, until they stand or fail.',
  'A failure lasts from the first failed result (or the end of the process) to the first good one, and counts in the time in which it began.',
  'MTTD = confirmed − first failure, where the beginning was seen.',
  'MTTR = up again − first failure, of outages that were seen from beginning to end and were down all the time. p95 by nearest rank.',
  'MTBF = (up + degraded) ÷ failures. Restarts are those that nobody asked for, per day that was observed.',
];

const BUDGET = 'Error budget = (1 − objective) × (up + degraded + down); used is what was down.';

const OBJECTIVES: readonly string[] = [
  'An objective is met when uptime, MTBF and the share repaired without a person are at least what was asked, and MTTR is at most. MTBF without any failure is met once the time up is as long.',
  'Repaired without a person = incidents that are over and in which no operator did anything ÷ all that are over, each counted with what broke first.',
  'Recovery (RTO) = well again − first failure, of incidents that are over, by what was wrong: crash, hang (healthcheck or watchdog), memory, dependency (something that it needs), check. The longest is told, and each has to be within what was asked.',
];

const RESULTS: readonly string[] = [
  'Succeeded = (pass + warn) ÷ (pass + warn + fail) of single runs, by whole hours. One failed run is not yet an outage.',
  `Latencies are of runs that passed or warned. Percentiles by nearest rank, from counts in steps of 10 %: they are within ${(LATENCY_ERROR * 100).toFixed(1)} % of the true ones. Minimum, mean and maximum are exact.`,
];
