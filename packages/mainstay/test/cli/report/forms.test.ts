/** The report in its forms: nothing in it means anything else than itself, and nothing is hidden. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StandingInterval } from '@mainstay/protocol';
import { documentOf } from '../../../src/cli/report/document.ts';
import { nothingKnown } from '../../../src/cli/report/gather.ts';
import { html } from '../../../src/cli/report/html.ts';
import { json } from '../../../src/cli/report/json.ts';
import { markdown } from '../../../src/cli/report/markdown.ts';
import { reportOf, type Report } from '../../../src/cli/report/model.ts';
import { text } from '../../../src/cli/report/text.ts';
import { percent, span } from '../../../src/cli/report/words.ts';
import { plain } from '../../../src/cli/text/index.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const HOSTILE = '<script>alert("1")</script> | `a` *b* [c](d) & more';

function interval(name: string, state: StandingInterval['state'], from: number, to: number | null): StandingInterval {
  const at = { from: START + from, to: to === null ? null : START + to, known_at: START + from };
  return { subject: `service:${name}`, state, ...at, cause: HOSTILE, by_operator: false };
}

function report(intervals: StandingInterval[], names: string[] = []): Report {
  const history = { ...nothingKnown(), project: 'shop', observed: START + 30 * DAY, intervals };
  const period = { since: START, until: START + 30 * DAY };
  return reportOf(history, { project: 'folder', period, names, objective: 0.999 });
}

/** A month with one outage of two seconds. */
const MONTH = [
  interval('a-service-with-a-long-name', 'up', 0, DAY),
  interval('a-service-with-a-long-name', 'down', DAY, DAY + 2000),
  interval('a-service-with-a-long-name', 'up', DAY + 2000, null),
  interval('web', 'up', 0, null),
];

test('two seconds in a month are not rounded away, in words or in the picture', () => {
  const one = report(MONTH);
  const page = html(documentOf(one), one);
  assert.match(text(documentOf(one), 80, plain), /99\.999 %/);
  assert.match(page, /<rect class="down"/);
  assert.equal(percent(1 - 1e-9), '99.999 %');
  assert.equal(percent(1), '100 %');
  assert.equal(percent(1e-9), '< 0.001 %');
  assert.equal(percent(0), '0 %');
  assert.equal(percent(null), '-');
  assert.equal(span(0), '0s');
});

test('what a service said is text in every form', () => {
  const one = report(MONTH);
  const page = html(documentOf(one), one);
  assert.doesNotMatch(page, /<script/);
  assert.match(page, /&lt;script&gt;/);
  assert.doesNotMatch(page, /(src|href)=|https?:|@import|url\(/, 'the page asks nobody for anything');
  const outages = markdown(documentOf(one))
    .split('\n')
    .filter((line) => line.includes('script'));
  assert.equal(outages.length, 1);
  assert.match(outages[0] ?? '', /\\<script\\>.* \\\| \\`a\\` \\\*b\\\*/);
});

test('a terminal of 80 columns holds it', () => {
  for (const line of text(documentOf(report(MONTH)), 80, plain).split('\n')) assert.ok(line.length <= 80, line);
});

test('a picture of a service that changes all the time stays small', () => {
  const many = Array.from({ length: 100_000 }, (_, n) =>
    interval('web', n % 2 === 0 ? 'up' : 'down', n * 20_000, (n + 1) * 20_000),
  );
  const one = report(many);
  assert.ok(html(documentOf(one), one).length < 300_000);
});

test('programs get every interval and outage, in UTC and ms', () => {
  const parsed = JSON.parse(json(report(MONTH, ['a-service-with-a-long-name']))) as {
    project: string;
    services: { down_ms: number; outages: { from: string; measured: boolean }[]; intervals: { state: string }[] }[];
  };
  assert.equal(parsed.project, 'shop');
  const [only] = parsed.services;
  assert.equal(parsed.services.length, 1);
  assert.equal(only?.down_ms, 2000);
  assert.deepEqual(
    only?.intervals.map(({ state }) => state),
    ['up', 'down', 'up'],
  );
  assert.equal(only?.outages[0]?.from, '2026-01-02T00:00:00.000Z');
  assert.equal(only?.outages[0]?.measured, true);
});

test('a name of which nothing was seen is said to be unknown', () => {
  assert.throws(() => report(MONTH, ['wbe']), /cannot report on wbe/);
});

test('where nothing was observed, nothing is claimed', () => {
  const said = text(documentOf(report([])), 80, plain);
  assert.match(said, /Nothing was observed/);
  assert.doesNotMatch(said, /\d %/);
});
