import { FAILURE_KINDS, type IncidentOutcome, type Objective } from '@mainstay/protocol';
import type { Figures } from '../uptime/figures/index.ts';

/** One thing that is wanted, beside what was seen. Shares are between 0 and 1, times ms. */
export interface Verdict {
  /** `uptime`, `mttr`, `mtbf`, `rpo`, `automatic`, or `rto` and the kind of failure: `rto.crash`. */
  what: string;
  asked: number;
  /** null: nothing of it was seen. */
  measured: number | null;
  /** How many times it was measured, and how often it was not met; 0 where it is one figure of the whole time. */
  of: number;
  missed: number;
  /** `open`: it cannot be told. */
  verdict: 'met' | 'missed' | 'open';
}

/** Incidents that are over, by who put them right. */
export interface Repairs {
  automatic: number;
  /** An operator did something. */
  manual: number;
}

/** Counts incidents, each by what broke first. What was given up is no repair. */
export function repairsOf(outcomes: readonly IncidentOutcome[]): Repairs {
  const repaired = outcomes.filter(({ is_cause: isCause, is_off: isOff }) => isCause && !isOff);
  const manual = repaired.filter(({ by }) => by === 'operator').length;
  return { automatic: repaired.length - manual, manual };
}

/** @param outcomes of the same subject and time as the figures */
export function verdictsOf(
  { uptime, mttr, mtbf, rpo, automatic, rto }: Objective,
  figures: Figures,
  outcomes: readonly IncidentOutcome[],
): Verdict[] {
  const verdicts: Verdict[] = [];
  const add = (what: string, asked: number | null, measured: number | null, isMet: boolean | null): void => {
    const verdict = isMet === null ? 'open' : isMet ? 'met' : 'missed';
    if (asked !== null) verdicts.push({ what, asked, measured, of: 0, missed: 0, verdict });
  };
  const atMost = (asked: number | null, measured: number | null): boolean | null =>
    asked === null || measured === null ? null : measured <= asked;
  const atLeast = (asked: number | null, measured: number | null): boolean | null => atMost(measured, asked);
  add('uptime', uptime, figures.uptime, atLeast(uptime, figures.uptime));
  add('mttr', mttr, figures.repair?.mean ?? null, atMost(mttr, figures.repair?.mean ?? null));
  const { betweenFailures, time } = figures;
  // Without a failure it is longer than what was seen: that may be enough, and else nobody knows.
  const isQuiet = betweenFailures === null && mtbf !== null && time.up + time.degraded >= mtbf;
  add('mtbf', mtbf, betweenFailures, isQuiet ? true : atLeast(mtbf, betweenFailures));
  const repairs = repairsOf(outcomes);
  const all = repairs.automatic + repairs.manual;
  const share = all === 0 ? null : repairs.automatic / all;
  add('automatic', automatic, share, atLeast(automatic, share));
  add('rpo', rpo, null, null);
  for (const kind of FAILURE_KINDS) {
    const asked = rto[kind];
    if (asked === undefined) continue;
    const times = outcomes.filter(({ failure, is_off: isOff }) => failure === kind && !isOff).map(lengthOf);
    const missed = times.filter((one) => one > asked).length;
    const measured = times.length === 0 ? null : Math.max(...times);
    const verdict = measured === null ? 'open' : missed === 0 ? 'met' : 'missed';
    verdicts.push({ what: `rto.${kind}`, asked, measured, of: times.length, missed, verdict });
  }
  return verdicts;
}

const lengthOf = ({ from, to }: IncidentOutcome): number => Math.max(0, to - from);
