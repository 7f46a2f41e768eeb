/** Several monitors over virtual time: who tells people, and that somebody does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/sim/random.ts';
import { World } from './world.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const RUNS = Number(process.env['RUNS'] ?? 3);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DOWN = { status: 'fail', message: 'site: connection refused' } as const;
const WITNESS = [{ name: 'witness 1', kind: 'tcp', target: { name: 'w' }, timeout: 1_000 }];

test('three that see it down tell people once', async () => {
  const world = new World();
  world.addGroup(['a', 'b', 'c']);
  world.start();
  await world.advance(HOUR);
  world.answers.set('site', DOWN);
  const since = world.clock.wall;
  await world.advance(HOUR);
  assert.equal(world.told().length, 1, world.told().join());
  assert.match(world.told()[0]!, /opened site$/);
  const took = world.arrived[0]!.wall - since;
  assert.ok(
    took < 8 * MINUTE,
    `whoever sees it first makes the others look, so that it takes not much longer: ${took} ms`,
  );
  world.answers.clear();
  await world.advance(HOUR);
  assert.equal(world.told().length, 2, world.told().join());
  assert.equal(world.arrived[1]!.from, world.arrived[0]!.from);
  assert.equal(world.arrived[1]!.stage, 'closed');
});

test('one that is cut off tells nobody, and is told of', async () => {
  const world = new World();
  world.addGroup(['a', 'b', 'c'], { witnesses: WITNESS });
  world.start();
  await world.advance(HOUR);
  world.cutOff.add('b');
  await world.advance(HOUR);
  assert.equal(world.status('b'), 'unknown');
  assert.deepEqual(
    world.told().map((one) => one.slice(3)),
    ['opened monitor b'],
  );
  assert.equal(world.arrived[0]!.alerts[0].severity, 'warning');
  world.cutOff.clear();
  await world.advance(HOUR);
  assert.deepEqual(
    world.told().map((one) => one.slice(3)),
    ['opened monitor b', 'closed monitor b'],
  );
});

test('what one sees alone is no outage, and is a warning after half an hour', async () => {
  const world = new World();
  world.addGroup(['a', 'b', 'c']);
  world.start();
  await world.advance(HOUR);
  world.answers.set('c site', DOWN);
  await world.advance(25 * MINUTE);
  assert.deepEqual(world.told(), []);
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['c: opened site']);
  assert.equal(world.arrived[0]!.alerts[0].severity, 'warning');
  assert.match(world.arrived[0]!.alerts[0].cause, /^only monitor c sees it: site: connection refused/);
  world.answers.clear();
  await world.advance(HOUR);
  assert.deepEqual(world.told(), ['c: opened site', 'c: closed site']);
});

test('when the one that told people dies, another one takes over, and both recoveries come', async () => {
  const world = new World();
  world.addGroup(['a', 'b', 'c']);
  world.start();
  await world.advance(HOUR);
  world.answers.set('site', DOWN);
  await world.advance(20 * MINUTE);
  const first = world.arrived[0]!.from;
  world.kill(first);
  await world.advance(20 * MINUTE);
  const opened = world.arrived.filter(({ stage, alerts }) => stage === 'opened' && alerts[0].subject === 'site');
  assert.equal(opened.length, 2, world.told().join());
  const second = opened[1]!;
  assert.notEqual(second.from, first);
  assert.match(second.alerts[0].cause, new RegExp(`\\(monitor ${first} told of it, and is silent now\\)$`));
  world.start(first);
  await world.advance(20 * MINUTE);
  world.answers.clear();
  await world.advance(HOUR);
  const closed = world.arrived.filter(({ stage, alerts }) => stage === 'closed' && alerts[0].subject === 'site');
  assert.deepEqual(new Set(closed.map(({ from }) => from)), new Set([first, second.from]), world.told().join());
});

test('the last one left tells people alone', async () => {
  const world = new World();
  world.addGroup(['a', 'b', 'c']);
  world.start();
  await world.advance(HOUR);
  world.kill('a');
  world.kill('b');
  await world.advance(30 * MINUTE);
  world.answers.set('site', DOWN);
  await world.advance(HOUR);
  assert.ok(world.told().includes('c: opened site'), world.told().join());
});

test(`outages that come and go: as long as all can ask each other, each is told once (SEED=${SEED})`, async () => {
  for (let run = 0; run < RUNS; run += 1) {
    const seed = SEED + run;
    const random = new SeededRandom(seed);
    const world = new World(seed);
    const ids = ['a', 'b', 'c', 'd', 'e'].slice(0, random.between(2, 5));
    world.addGroup(ids, { interval: random.between(20, 300) * 1_000, recheck: random.between(2, 30) * 1_000 });
    world.start();
    await world.advance(30 * MINUTE);
    for (let outage = 1; outage <= 2; outage += 1) {
      // They see it one after the other.
      for (const id of ids.toSorted(() => random.next() - 0.5)) {
        world.answers.set(`${id} site`, DOWN);
        await world.advance(random.between(0, 20_000));
      }
      await world.advance(12 * MINUTE);
      for (const id of ids) {
        world.answers.delete(`${id} site`);
        await world.advance(random.between(0, 20_000));
      }
      await world.advance(12 * MINUTE);
      const stages = world.arrived.map(({ stage }) => stage);
      const wanted = Array.from({ length: outage }, () => ['opened', 'closed']).flat();
      assert.deepEqual(stages, wanted, `seed ${seed}, ${ids.length} monitors: ${world.told().join(', ')}`);
    }
  }
});

test(`with deaths and splits somebody tells of every outage, and each alert gets its recovery (SEED=${SEED})`, async () => {
  for (let run = 0; run < RUNS; run += 1) {
    const seed = SEED + run;
    const random = new SeededRandom(seed);
    const world = new World(seed);
    const ids = ['a', 'b', 'c'];
    world.addGroup(ids, { interval: MINUTE, recheck: 10_000, witnesses: WITNESS });
    world.start();
    await world.advance(30 * MINUTE);
    for (let outage = 1; outage <= 2; outage += 1) {
      const before = world.arrived.length;
      world.answers.set('site', DOWN);
      await trouble(world, ids, random);
      await world.advance(25 * MINUTE);
      const opened = world.arrived
        .slice(before)
        .filter(({ stage, alerts }) => stage === 'opened' && alerts.some(({ subject }) => subject === 'site'));
      assert.ok(opened.length > 0, `seed ${seed}: nobody was told`);
      world.answers.clear();
      await trouble(world, ids, random);
      await world.advance(45 * MINUTE);
      const open = new Set(world.arrived.filter(({ stage }) => stage === 'opened').map(({ key }) => key));
      const closed = new Set(world.arrived.filter(({ stage }) => stage === 'closed').map(({ thread }) => thread));
      assert.deepEqual(
        [...open].filter((key) => !closed.has(key)),
        [],
        `seed ${seed}: ${world.told().join(', ')}`,
      );
    }
  }
});

/** For some minutes monitors die and are cut off; never all of them. */
async function trouble(world: World, ids: readonly string[], random: SeededRandom): Promise<void> {
  const dead = new Set<string>();
  for (let turn = 0; turn < 6; turn += 1) {
    await world.advance(random.between(0, 90_000));
    const id = random.pick(ids);
    const isAway = (one: string): boolean => dead.has(one) || world.cutOff.has(one);
    const others = ids.filter((one) => one !== id && !isAway(one));
    if (isAway(id)) {
      world.cutOff.delete(id);
      if (dead.delete(id)) world.start(id);
    } else if (others.length > 0) {
      if (random.chance(0.5)) world.cutOff.add(id);
      else {
        world.kill(id);
        dead.add(id);
      }
    }
  }
  world.cutOff.clear();
  for (const id of dead) world.start(id);
}
