/** One monitor over virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/sim/random.ts';
import { checkPlan } from './plans.ts';
import { World } from './world.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const RUNS = Number(process.env['RUNS'] ?? 6);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SILENT = { status: 'fail', message: 'daemon silent: no answer' } as const;

test('a silent daemon is told once, with the cause, and its recovery', async () => {
  const world = new World();
  world.add('a', { checks: [checkPlan('daemon'), checkPlan('site', { dependsOn: ['daemon'] })] });
  world.start();
  await world.advance(HOUR);
  assert.deepEqual([world.status('a', 'daemon'), world.status('a')], ['pass', 'pass']);
  world.answers.set('daemon', SILENT).set('site', { status: 'fail', message: 'site: connection refused' });
  const since = world.clock.wall;
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['a: opened daemon']);
  assert.equal(world.arrived[0]?.alerts[0].cause, 'daemon silent: no answer');
  assert.equal(world.status('a'), 'idle', 'what depends on it is not checked');
  const tookMs = world.arrived[0]!.wall - since;
  assert.ok(tookMs <= 5 * MINUTE + 2 * 30_000 + 5_000, `an interval and two looks more, not ${tookMs} ms`);
  world.answers.clear();
  await world.advance(10 * MINUTE);
  assert.deepEqual(world.told(), ['a: opened daemon', 'a: closed daemon']);
  assert.equal(world.arrived[1]?.thread, world.arrived[0]?.key);
});

test('one failure confirms nothing', async () => {
  const world = new World();
  world.add('a');
  world.start();
  await world.advance(HOUR);
  const failures = (): number => world.node('a').monitor!.state().checks[0]!.state.failures;
  for (let turn = 0; turn < 10; turn += 1) {
    world.answers.set('site', SILENT);
    for (let second = 0; failures() === 0 && second < 400; second += 1) await world.advance(1_000);
    assert.equal(failures(), 1);
    world.answers.clear();
    await world.advance(20 * MINUTE);
  }
  assert.deepEqual(world.told(), []);
});

test('a machine without a network says nothing of others', async () => {
  const world = new World();
  world.add('a', { witnesses: [{ name: 'witness 1', kind: 'tcp', target: { name: 'w' }, timeout: 1_000 }] });
  world.start();
  await world.advance(HOUR);
  world.cutOff.add('a');
  await world.advance(HOUR);
  assert.equal(world.status('a'), 'unknown');
  assert.notEqual(world.node('a').monitor?.state().blindSince, null);
  world.cutOff.clear();
  await world.advance(HOUR);
  assert.equal(world.status('a'), 'pass');
  assert.deepEqual(world.told(), []);
  world.answers.set('site', SILENT);
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['a: opened site'], 'with a network a failure counts');
  assert.equal(world.node('a').monitor?.state().blindSince, null);
});

test('sleep, and a clock that is set, fire nothing', async () => {
  const world = new World();
  world.add('a');
  world.start();
  await world.advance(HOUR);
  for (const byMs of [HOUR, -2 * HOUR, 24 * HOUR]) {
    world.clock.setWall(byMs);
    await world.advance(HOUR);
  }
  assert.deepEqual(world.told(), []);
  world.answers.set('site', SILENT);
  await world.advance(HOUR);
  world.clock.setWall(-3 * HOUR);
  await world.advance(HOUR);
  world.answers.clear();
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['a: opened site', 'a: closed site']);
});

test('a full disk keeps nobody from being told', async () => {
  const world = new World();
  world.add('a');
  world.start();
  await world.advance(HOUR);
  world.fullDisks.add('a');
  world.answers.set('site', SILENT);
  await world.advance(HOUR);
  world.answers.clear();
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['a: opened site', 'a: closed site']);
  assert.match(world.node('a').monitor!.state().problems.join(), /no space left/);
  world.fullDisks.clear();
  await world.advance(MINUTE);
  assert.deepEqual(world.node('a').monitor!.state().problems, []);
  world.kill('a');
  world.start();
  await world.advance(HOUR);
  assert.equal(world.told().length, 2, 'what was written later is not told again');
});

test('it reports in', async () => {
  const world = new World();
  world.add('a', { heartbeat: 'http://127.0.0.1/ping/x', interval: MINUTE });
  world.start();
  await world.advance(10 * MINUTE - 1);
  assert.equal(world.node('a').beats, 10);
});

test(`whenever it is killed: nothing that was down is not told, and every alert gets its recovery (SEED=${SEED})`, async () => {
  for (let run = 0; run < RUNS; run += 1) {
    const seed = SEED + run;
    const random = new SeededRandom(seed);
    const world = new World(seed);
    world.add('a', { interval: MINUTE, recheck: 5_000 });
    world.start();
    await world.advance(5 * MINUTE);
    let outages = 0;
    for (let turn = 0; turn < 3; turn += 1) {
      outages += 1;
      world.answers.set('site', SILENT);
      world.isDeaf = random.chance(0.3);
      await dieAndLive(world, random);
      world.isDeaf = false;
      await world.advance(20 * MINUTE);
      world.answers.clear();
      await dieAndLive(world, random);
      await world.advance(30 * MINUTE);
    }
    const keys = (stage: string): Set<string> =>
      new Set(world.arrived.filter((one) => one.stage === stage).map(({ key }) => key));
    assert.equal(keys('opened').size, outages, `seed ${seed}: ${world.told().join(', ')}`);
    assert.equal(keys('closed').size, outages, `seed ${seed}: ${world.told().join(', ')}`);
    assert.deepEqual(world.node('a').monitor!.state().alerts.outbox, []);
  }
});

/** Dies a few times, at any moment: also between a message's arrival and the news of it. */
async function dieAndLive(world: World, random: SeededRandom): Promise<void> {
  for (let turn = random.between(0, 3); turn > 0; turn -= 1) {
    await world.advance(random.between(0, 3 * MINUTE));
    for (let part = random.between(0, 60); part > 0; part -= 1) await world.advance(random.between(1, 30));
    world.kill('a');
    await world.advance(random.between(0, 2 * MINUTE));
    world.start('a');
  }
}
