import type { Repairs, Verdict } from '../../core/objective/index.ts';
import { LATENCY_ERROR, type Counts } from '../../core/results/index.ts';
import type { Figures, Outage, Spread } from '../../core/uptime/figures/index.ts';
import { latencyOf, successOf } from './evidence.ts';
import type { Report, Row } from './model.ts';

/** For programs: times are ISO 8601 (UTC), durations ms, shares between 0 and 1. */
export function json({
  project,
  period,
  observed,
  objective,
  total,
  repairs,
  errors,
  services,
  checks,
}: Report): string {
  const report = {
    project,
    since: iso(period.since),
    until: iso(period.until),
    observed_until: observed === null ? null : iso(Math.min(observed, period.until)),
    objective,
    total: total === null ? null : figures(total),
    incidents: repaired(repairs),
    recent_errors: errors.map(({ at, name, reason, lines }) => ({ at: iso(at), name, reason, lines })),
    services: services.map(row),
    checks: checks.map(row),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function row({ name, watchedFrom, figures: of, verdicts, repairs, results, outages, spans }: Row): unknown {
  return {
    name,
    watched_since: watchedFrom === null ? null : iso(watchedFrom),
    ...figures(of),
    objectives: verdicts.map((one) => verdict(one)),
    incidents: repaired(repairs),
    results: results === null ? null : counts(results),
    outages: outages.map(outage),
    intervals: spans.map(({ state, from, to, cause }) => ({ state, from: iso(from), to: iso(to), cause })),
  };
}

function figures(of: Figures): object {
  const { budget } = of;
  return {
    uptime: of.uptime,
    coverage: of.coverage,
    watched_ms: of.watched,
    up_ms: of.time.up,
    degraded_ms: of.time.degraded,
    down_ms: of.time.down,
    unknown_ms: of.time.unknown,
    maintenance_ms: of.time.maintenance,
    failures: of.failures,
    mttd: spread(of.detection),
    mttr: spread(of.repair),
    mttr_automatic: spread(of.automatic),
    mttr_manual: spread(of.manual),
    mtbf_ms: of.betweenFailures,
    error_budget: budget === null ? null : { allowed_ms: budget.allowed, used_ms: budget.used },
    restarts: of.restarts,
    restarts_per_day: of.restartsPerDay,
  };
}

/** Shares and ms, as what is asked for. */
const verdict = ({ what, asked, measured, of, missed, verdict: result }: Verdict): object => ({
  objective: what,
  asked,
  measured,
  ...(what.startsWith('rto.') && { count: of, missed }),
  result: result === 'open' ? null : result,
});

const repaired = ({ automatic, manual }: Repairs): object => ({
  automatic,
  manual,
  automatic_share: automatic + manual === 0 ? null : automatic / (automatic + manual),
});

function counts(of: Counts): object {
  const { pass, warn, fail, unknown, sum, min, max } = of;
  const good = pass + warn;
  const ms = (us: number | null): number | null => (us === null ? null : Math.round(us) / 1000);
  return {
    pass,
    warn,
    fail,
    unknown,
    success: successOf(of),
    latency:
      good === 0
        ? null
        : {
            min_ms: ms(min),
            mean_ms: ms(sum / good),
            p50_ms: ms(latencyOf(of, 0.5)),
            p95_ms: ms(latencyOf(of, 0.95)),
            p99_ms: ms(latencyOf(of, 0.99)),
            max_ms: ms(max),
            error: LATENCY_ERROR,
          },
  };
}

const spread = (times: Spread | null): object | null =>
  times === null ? null : { count: times.count, mean_ms: times.mean, median_ms: times.median, p95_ms: times.p95 };

function outage({ from, to, knownAt, cause, byOperator, isBeginSeen, isMeasured, isOpen }: Outage): object {
  return {
    from: iso(from),
    to: to === null ? null : iso(to),
    known_at: iso(knownAt),
    cause,
    by_operator: byOperator,
    begin_seen: isBeginSeen,
    measured: isMeasured,
    open: isOpen,
  };
}

const iso = (at: number): string => new Date(at).toISOString();
