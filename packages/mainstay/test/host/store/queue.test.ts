import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBatch } from '../../../src/host/store/encode.ts';
import { Queue } from '../../../src/host/store/queue.ts';
import type { QueueLimits } from '../../../src/host/store/queue.ts';
import { batch, event, instanceRow } from '../../../../../test/contracts/store.ts';

const LIMITS: QueueLimits = { capacity: 10, capacityBytes: 1e6, groupSize: 4, groupBytes: 1e6 };

function add(queue: Queue, part: Parameters<typeof batch>[0], since = 0): Promise<string> {
  return queue.add(encodeBatch(batch(part)), since).then(
    () => 'written',
    (error: { code: string }) => error.code,
  );
}

/** Takes everything out, as groups of messages. */
function drain(queue: Queue): string[] {
  const groups: string[] = [];
  for (let group = queue.next(); group !== null; group = queue.next()) {
    groups.push(group.changes.events.map((each) => each.message).join(' '));
    queue.done();
  }
  return groups;
}

describe('Queue', () => {
  it('keeps the results of the last hundred minutes while the disk takes nothing, and every event', () => {
    const queue = new Queue({ ...LIMITS, capacity: 1_000, groupSize: 40 });
    const pack = (hour: number) => ({ hour, from: 0, to: 0, subjects: [], data: new Uint8Array() });
    void add(queue, { samples: [pack(-1)] });
    // The first is being written, and is not touched any more.
    assert.equal(queue.next()?.changes.samples.length, 1);
    for (let minute = 0; minute < 250; minute += 1) {
      void add(queue, { events: [event(String(minute))], samples: [pack(minute)] });
    }
    queue.done();
    const hours: number[] = [];
    let events = 0;
    for (let group = queue.next(); group !== null; group = queue.next()) {
      hours.push(...group.changes.samples.map(({ hour }) => hour));
      events += group.changes.events.length;
      queue.done();
    }
    assert.equal(events, 250);
    assert.deepEqual(
      hours,
      Array.from({ length: 100 }, (_, n) => 150 + n),
    );
  });

  it('joins what waits, up to the size of a group, and never splits a batch', () => {
    const queue = new Queue(LIMITS);
    void add(queue, { events: [event('1'), event('2'), event('3')] });
    void add(queue, { events: [event('4')] });
    void add(queue, { events: [event('5')] });
    void add(queue, { events: ['6', '7', '8', '9', '10'].map((each) => event(each)) });
    assert.equal(queue.batches, 4);
    assert.deepEqual(drain(queue), ['1 2 3 4', '5', '6 7 8 9 10']);
    assert.equal(queue.batches, 0);
  });

  it('bounds a group by its text too', () => {
    const queue = new Queue({ ...LIMITS, groupBytes: 10 });
    for (const message of ['aaaaa', 'bbbbb', 'c']) void add(queue, { events: [event(message)] });
    assert.deepEqual(drain(queue), ['aaaaa', 'bbbbb c']);
  });

  it('does not change a group that is being written', async () => {
    const queue = new Queue(LIMITS);
    const first = add(queue, { events: [event('1')], facts: { a: '1' } }, 100);
    const sent = queue.next();
    const second = add(queue, { events: [event('2')], facts: { a: '2' } }, 200);
    assert.deepEqual(queue.next(), sent);
    assert.deepEqual(sent?.changes.facts, new Map([['a', '1']]));
    assert.equal(queue.oldestSince, 100);
    queue.done();
    assert.equal(await first, 'written');
    assert.equal(queue.oldestSince, 200);
    drain(queue);
    assert.equal(await second, 'written');
    assert.equal(queue.oldestSince, null);
  });

  it('drops the oldest events beyond its capacity, tells their writers, and notes the hole in its place', async () => {
    const queue = new Queue(LIMITS);
    const answers = Array.from({ length: 13 }, (_, i) =>
      add(queue, {
        events: [event(`${i}`, { at: i, seq: i + 1 })],
        facts: { n: `${i}` },
        instances: [instanceRow('a/0', { incarnation: i })],
      }),
    );
    assert.equal(queue.lost, 3);
    assert.equal(queue.batches, 13);
    assert.deepEqual(queue.next()?.changes.events[0], {
      seq: 1,
      at: 2,
      type: 'daemon.degraded',
      instance: null,
      incarnation: null,
      message: '3 events are missing here: the disk did not take them in time',
      data: '{"lost":3}',
    });
    assert.equal(
      drain(queue)
        .join(' ')
        .replace(/^3 events.* in time /, ''),
      '3 4 5 6 7 8 9 10 11 12',
    );
    const told = await Promise.all(answers);
    assert.deepEqual(told, [...Array<string>(3).fill('state-directory'), ...Array<string>(10).fill('written')]);
    assert.equal(queue.lost, 0);
  });

  it('keeps the rows of batches whose events it drops, and joins groups that have none left', async () => {
    const queue = new Queue({ ...LIMITS, capacity: 2 });
    const rowsOnly = add(queue, { facts: { first: 'kept' } });
    for (let i = 0; i < 50; i++)
      void add(queue, { events: [event(`${i}`)], facts: { [`f${i}`]: 'kept', last: `${i}` } });
    const facts = new Map<string, string>();
    let groups = 0;
    for (let group = queue.next(); group !== null; group = queue.next()) {
      for (const [key, value] of group.changes.facts) facts.set(key, value);
      groups++;
      queue.done();
    }
    assert.equal(facts.size, 52);
    assert.equal(facts.get('last'), '49');
    assert.ok(groups <= 2, `${groups} groups`);
    assert.equal(await rowsOnly, 'written');
  });

  it('bounds the text that waits', () => {
    const queue = new Queue({ ...LIMITS, capacityBytes: 100 });
    for (let i = 0; i < 10; i++) void add(queue, { events: [event('x'.repeat(28))] });
    assert.equal(queue.lost, 7);
  });

  it('never drops what an operator did, nor what is being written', async () => {
    const queue = new Queue({ ...LIMITS, capacity: 2 });
    const writing = add(queue, { events: [event('writing')] });
    queue.next();
    const durable = ['a', 'b', 'c'].map((each) => add(queue, { events: [event(each)], durable: true }));
    const usual = add(queue, { events: [event('usual')] });
    assert.equal(await usual, 'state-directory');
    assert.deepEqual(drain(queue), ['writing', 'a b c 1 events are missing here: the disk did not take them in time']);
    assert.deepEqual(await Promise.all([writing, ...durable]), ['written', 'written', 'written', 'written']);
  });

  it('puts the note where the first missing event was', () => {
    const queue = new Queue({ ...LIMITS, capacity: 2 });
    void add(queue, { events: [event('a', { seq: 1 })], durable: true });
    void add(queue, { events: [event('b', { seq: 2 })] });
    void add(queue, { events: [event('c', { seq: 3 })], durable: true });
    assert.deepEqual(
      queue.next()?.changes.events.map((each) => each.seq),
      [1, 2, 3],
    );
  });

  it('tells every writer of a group that is refused', async () => {
    const queue = new Queue(LIMITS);
    const answers = [add(queue, { facts: { a: '1' } }), add(queue, { events: [event('1')] })];
    queue.next();
    queue.refuse(Object.assign(new Error('no'), { code: 'internal' }) as never);
    assert.deepEqual(await Promise.all(answers), ['internal', 'internal']);
  });
});
