import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newBeat, pinged, type Beat, type Ping } from '../../../src/core/heartbeat/index.ts';
import { CHECKS } from '../../../src/registry/checks.ts';
import { createProber } from '../../../src/registry/runners.ts';
import { context } from '../context.ts';

const MINUTE = 60_000;
const now = Date.UTC(2026, 0, 15, 12, 0, 0);

const ping = (signal: Ping['signal'], code: number | null = null, message = ''): Ping => ({ signal, code, message });
const reported = (minutesAgo: number, what = ping('success')): Beat =>
  pinged(newBeat(now - 100 * MINUTE), what, now - minutesAgo * MINUTE);

async function probe(target: Record<string, unknown>, beat: Beat | undefined): Promise<string> {
  const parsed = CHECKS['heartbeat']!.schema.parse(target);
  const seen = await createProber().probe('heartbeat', parsed, { ...context(), wallMs: () => now, beat });
  return `${seen.status}: ${seen.message} ${JSON.stringify(seen.data ?? {})}`;
}

test('what a job said, or did not say, in words', async () => {
  const hourly = { every: '1h', grace: '10m', longest: '30m' };
  const cases: [Beat | undefined, string][] = [
    [undefined, 'unknown: jobs report to the daemon: it alone knows {}'],
    [newBeat(now - 5 * MINUTE), 'unknown: it has not reported yet; that is missing in 65 min {}'],
    [newBeat(now - 80 * MINUTE), 'fail: a report has been due for 20 min: it has never reported {}'],
    [reported(5, ping('success', 0, '12 rows')), 'pass: reported 5 min ago: 12 rows {"age":300}'],
    [reported(65), 'pass: due for 5 min, missing in 5 min {"age":3900}'],
    [reported(90), 'fail: a report has been due for 30 min: the last report came 90 min ago {"age":5400}'],
    [reported(5, ping('fail', 3, 'no space')), 'fail: failed 5 min ago with exit code 3: no space {}'],
    [
      pinged(reported(50), ping('start'), now - 40 * MINUTE),
      'fail: has been running for 40 min, longer than it may {"duration":2400,"age":3000}',
    ],
    [
      pinged(reported(65), ping('start'), now - 2 * MINUTE),
      'pass: due for 5 min, missing in 5 min; it started 2 min ago and has not ended {"duration":120,"age":3900}',
    ],
  ];
  for (const [beat, words] of cases) assert.equal(await probe(hourly, beat), words);
});

test('a schedule is in local time, with an hour of grace', async () => {
  const at = new Date(now);
  const cron = `${at.getMinutes()} ${at.getHours()} * * *`;
  const target = { schedule: cron };
  assert.match(await probe(target, reported(-1)), /^pass: reported/);
  assert.match(await probe({ schedule: cron }, reported(50)), /^pass: reported|^pass: due/);
  const day = {
    ...reported(0),
    from: now - 26 * 60 * MINUTE,
    last: { ...reported(0).last!, at: now - 26 * 60 * MINUTE },
  };
  assert.match(await probe(target, day), /^fail: a report has been due for 24 h/);
});

test('one of every and schedule is needed, and times of nothing are refused', () => {
  const { schema } = CHECKS['heartbeat']!;
  for (const target of [
    {},
    { every: '1h', schedule: '0 3 * * *' },
    { schedule: 'tomorrow' },
    { schedule: '0 3 * * * *' },
    { every: 0 },
    { every: '1h', longest: 0 },
  ])
    assert.equal(schema.safeParse(target).success, false, JSON.stringify(target));
  assert.equal(schema.safeParse({ every: '24h', grace: 0 }).success, true);
});
