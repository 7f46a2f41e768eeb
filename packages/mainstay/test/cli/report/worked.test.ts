/** The report of a day, computed by hand: objectives, recoveries, results and latencies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureKind, IncidentOutcome, Objective, Standing, StandingInterval, Subject } from '@mainstay/protocol';
import { documentOf } from '../../../src/cli/report/document.ts';
import { nothingKnown, type History } from '../../../src/cli/report/gather.ts';
import { html } from '../../../src/cli/report/html.ts';
import { json } from '../../../src/cli/report/json.ts';
import { markdown } from '../../../src/cli/report/markdown.ts';
import { reportOf } from '../../../src/cli/report/model.ts';
import { text } from '../../../src/cli/report/text.ts';
import { plain } from '../../../src/cli/text/index.ts';
import { addResult, noResults } from '../../../src/core/results/index.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const at = (minute: number): number => START + minute * MINUTE;

function interval(subject: Subject, state: Standing, from: number, to: number | null, cause = ''): StandingInterval {
  return {
    subject,
    state,
    from: at(from),
    to: to === null ? null : at(to),
    known_at: at(from),
    cause,
    by_operator: false,
  };
}

function outcome(
  incident: number,
  subject: Subject,
  failure: FailureKind,
  from: number,
  to: number,
  more: Partial<IncidentOutcome> = {},
): IncidentOutcome {
  const times = { from: at(from), to: at(to), detected_at: at(from) };
  return {
    incident,
    subject,
    failure,
    is_cause: failure !== 'dependency',
    ...times,
    by: 'mainstay',
    is_off: false,
    ...more,
  };
}

const ASKED: Objective = {
  uptime: 0.99,
  mttr: 5 * MINUTE,
  mtbf: 5 * 60 * MINUTE,
  rpo: null,
  automatic: 0.5,
  rto: { crash: 3 * MINUTE, hang: 10 * MINUTE, dependency: 2 * MINUTE, check: 20 * MINUTE },
};

/**
 * A day of 1440 min. `web`:
 *   up 0–100, down 100–104 (a crash), up 104–400, down 400–408 (a hang), up 408–700, down 700–702 (db was down), up 702–1440
 *   down 4 + 8 + 2 = 14 min; up 1440 − 14 = 1426 min
 * `db`: up 0–700, down 700–701 (a crash, put right by an operator), up 701–1440.
 * The check `site`: up 0–500, down 500–530, up 530–1440.
 */
const HISTORY: History = {
  ...nothingKnown(),
  project: 'shop',
  observed: START + DAY,
  objective: ASKED,
  objectives: { db: { uptime: 0.999, mttr: null, mtbf: null, rpo: null, automatic: null, rto: { crash: 2 * MINUTE } } },
  intervals: [
    interval('service:web', 'up', 0, 100),
    interval('service:web', 'down', 100, 104, 'exit code 1'),
    interval('service:web', 'up', 104, 400),
    interval('service:web', 'down', 400, 408, 'healthcheck failed'),
    interval('service:web', 'up', 408, 700),
    interval('service:web', 'down', 700, 702, 'waits for db'),
    interval('service:web', 'up', 702, null),
    interval('service:db', 'up', 0, 700),
    interval('service:db', 'down', 700, 701, 'killed by SIGKILL'),
    interval('service:db', 'up', 701, null),
    interval('check:site', 'up', 0, 500),
    interval('check:site', 'down', 500, 530, 'answered 502'),
    interval('check:site', 'up', 530, null),
  ],
  incidents: [
    outcome(1, 'service:web', 'crash', 100, 104),
    outcome(2, 'service:web', 'hang', 400, 408, { by: 'itself' }),
    outcome(3, 'check:site', 'check', 500, 530, { by: 'itself' }),
    outcome(4, 'service:db', 'crash', 700, 701, { by: 'operator' }),
    outcome(4, 'service:web', 'dependency', 700, 702, { by: 'operator' }),
    // It was given up: nobody waits for it.
    outcome(5, 'service:web', 'crash', 900, 1_000, { is_off: true, by: 'operator' }),
    // It began before the day.
    outcome(6, 'service:web', 'crash', -30, 10),
  ],
  results: new Map([['check:site', results()]]),
};

/** 1440 runs: 1400 pass in 1 to 1400 ms, 8 warn in 2000 ms, 30 fail, 2 are unknown. */
function results() {
  const counts = noResults();
  for (let ms = 1; ms <= 1_400; ms += 1) addResult(counts, 'pass', ms * 1_000);
  for (let n = 0; n < 8; n += 1) addResult(counts, 'warn', 2_000_000);
  for (let n = 0; n < 30; n += 1) addResult(counts, 'fail', 9_000_000);
  for (let n = 0; n < 2; n += 1) addResult(counts, 'unknown', 1);
  return counts;
}

const CRASH = { at: at(700), name: 'db', reason: 'killed by SIGKILL', lines: ['checkpoint starting', 'bye'] };
const REPORT = reportOf(
  HISTORY,
  { project: 'folder', period: { since: START, until: START + DAY }, names: [], objective: null },
  [CRASH],
);

test('objectives are compared with what was seen', () => {
  const verdicts = (name: string): string[] =>
    [...REPORT.services, ...REPORT.checks]
      .filter((row) => row.name === name)
      .flatMap((row) => row.verdicts)
      .map(({ what, measured, of, missed, verdict }) => `${what} ${measured ?? '-'} ${missed}/${of} ${verdict}`);
  assert.deepEqual(verdicts('web'), [
    // 1426 ÷ 1440 = 0.99027… ≥ 0.99
    `uptime ${1426 / 1440} 0/0 met`,
    // (4 + 8 + 2) ÷ 3 = 4.67 min ≤ 5 min
    `mttr ${(14 / 3) * MINUTE} 0/0 met`,
    // 1426 ÷ 3 = 475.3 min ≥ 300 min
    `mtbf ${(1426 / 3) * MINUTE} 0/0 met`,
    // Of incidents 1 and 2, which web caused, none needed a person: 2 ÷ 2.
    'automatic 1 0/0 met',
    // Incident 1 took 4 min > 3 min; 5 was given up, 6 began before.
    `rto.crash ${4 * MINUTE} 1/1 missed`,
    // 8 min ≤ 10 min
    `rto.hang ${8 * MINUTE} 0/1 met`,
    // Incident 4 broke web, too: 2 min ≤ 2 min.
    `rto.dependency ${2 * MINUTE} 0/1 met`,
  ]);
  assert.deepEqual(verdicts('db'), [
    // What db says itself goes before: 1439 ÷ 1440 = 0.9993 ≥ 0.999; a crash of 1 min ≤ 2 min.
    `uptime ${1439 / 1440} 0/0 met`,
    `mttr ${MINUTE} 0/0 met`,
    // 1439 ÷ 1
    `mtbf ${1439 * MINUTE} 0/0 met`,
    // 0 ÷ 1: an operator did it.
    'automatic 0 0/0 missed',
    `rto.crash ${MINUTE} 0/1 met`,
    'rto.hang - 0/0 open',
    'rto.dependency - 0/0 open',
  ]);
  // Objectives are of services; of a check only how long it may fail: 30 min > 20 min.
  assert.deepEqual(verdicts('site'), [`rto.check ${30 * MINUTE} 1/1 missed`]);
  // Incidents 1, 2, 3 and 4 are over: one of them with a person.
  assert.deepEqual(REPORT.repairs, { automatic: 3, manual: 1 });
});

test('latencies and success of a check', () => {
  const parsed = JSON.parse(json(REPORT)) as {
    incidents: object;
    recent_errors: { name: string }[];
    checks: { results: { success: number; latency: Record<string, number> } & Record<string, number> }[];
  };
  const { pass, warn, fail, unknown, success, latency } = parsed.checks[0]!.results;
  assert.deepEqual([pass, warn, fail, unknown], [1_400, 8, 30, 2]);
  // (1400 + 8) ÷ (1400 + 8 + 30): what could not tell counts for nothing.
  assert.equal(success, 1_408 / 1_438);
  assert.deepEqual([latency['min_ms'], latency['max_ms']], [1, 2_000]);
  // (1 + … + 1400 = 1400 × 1401 ÷ 2 = 980,700) + 8 × 2000 = 996,700 ms ÷ 1408
  assert.equal(latency['mean_ms'], Math.round((996_700 / 1_408) * 1000) / 1000);
  // The 704th, 1338th and 1394th of 1408 by rank are 704, 1338 and 1394 ms; told within 4.8 %.
  for (const [name, truth] of [
    ['p50_ms', 704],
    ['p95_ms', 1_338],
    ['p99_ms', 1_394],
  ] as const) {
    assert.ok(Math.abs((latency[name] ?? 0) - truth) <= truth * latency['error']!, `${name}: ${latency[name]}`);
  }
  assert.deepEqual(parsed.incidents, { automatic: 3, manual: 1, automatic_share: 0.75 });
  // 30 min of the check, and db; the newest first.
  assert.deepEqual(
    parsed.recent_errors.map(({ name }) => name),
    ['db', 'site'],
  );
});

test('every form says it, and a terminal of 80 columns holds it', () => {
  const said = text(documentOf(REPORT), 80, plain);
  for (const line of said.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(said, /^web {2,}uptime +≥ 99 % +99\.027 % +met$/m);
  assert.match(said, /^ +recovery: crash +≤ 3m +4m +missed, 1 of 1$/m);
  assert.match(said, /^site +1440 +97\.913 % +30 +2 +\S+ms +1\.\ds +1\.\ds +2s$/m);
  assert.match(said, /75\.000 % of 4 incidents were put right without a person \(1 with one\)/);
  assert.match(said, /\| checkpoint starting\n.*\| bye$/m);
  assert.match(said, /within 4\.8 % of the true/);
  for (const form of [markdown(documentOf(REPORT)), html(documentOf(REPORT), REPORT)]) {
    for (const words of ['recovery: dependency', 'missed, 1 of 1', 'checkpoint starting', '97.913 %'])
      assert.ok(form.includes(words), words);
  }
});

test('an objective that is asked for on the command line is of everything', () => {
  const period = { since: START, until: START + DAY };
  const { services, checks } = reportOf(HISTORY, { project: 'folder', period, names: [], objective: 0.9 });
  for (const { verdicts } of [...services, ...checks]) assert.equal(verdicts[0]?.asked, 0.9);
});
