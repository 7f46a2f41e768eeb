import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Mark } from '../../../src/core/log/index.ts';
import {
  decodeHeader,
  decodeMark,
  encodeHeader,
  encodeMark,
  extendMark,
  MARK_BYTES,
  readStructured,
} from '../../../src/core/log/index.ts';

const mark: fc.Arbitrary<Mark> = fc.record(
  {
    offset: fc.maxSafeNat(),
    length: fc.nat(0xfffffffe),
    time: fc.nat(4e12),
    incarnation: fc.nat(0xffffffff),
    instance: fc.nat(0xffff),
    stream: fc.constantFrom('out' as const, 'err' as const),
    flags: fc.nat(7),
  },
  { noNullPrototype: true },
);
const record = (): DataView => new DataView(new ArrayBuffer(MARK_BYTES));

test('a mark is read as it was written, a damaged one is not read at all', () => {
  fc.assert(
    fc.property(mark, fc.nat(MARK_BYTES - 1), fc.integer({ min: 1, max: 255 }), (written, at, change) => {
      const to = record();
      encodeMark(written, to, 0);
      assert.deepEqual(decodeMark(to, 0), written);
      to.setUint8(at, to.getUint8(at) ^ change);
      assert.equal(decodeMark(to, 0), null);
    }),
  );
  assert.equal(decodeMark(record(), 0), null);
});

test('the header names the file and is not a mark', () => {
  const header = new DataView(encodeHeader(2 ** 52 + 1, 1_700_000_000_000).buffer);
  assert.deepEqual(decodeHeader(header), { inode: 2 ** 52 + 1, begun: 1_700_000_000_000 });
  assert.equal(decodeMark(header, 0), null);
  assert.equal(decodeHeader(record()), null);
});

test('marks of one writer become one while they touch and are close in time', () => {
  const last: Mark = { offset: 0, length: 10, time: 1000, incarnation: 1, instance: 0, stream: 'out', flags: 0 };
  const next = { ...last, offset: 10, time: 1005 };
  for (const other of [
    { stream: 'err' as const },
    { instance: 1 },
    { incarnation: 2 },
    { flags: 1 },
    { offset: 11 },
    { time: 1011 },
  ]) {
    assert.equal(extendMark({ ...last }, { ...next, ...other }), false, JSON.stringify(other));
  }
  assert.equal(extendMark(last, next), true);
  assert.equal(last.length, 20);
});

test('JSON lines: level, message and time by their usual names', () => {
  assert.deepEqual(readStructured('{"level":50,"time":5,"msg":"down","code":1}'), {
    level: 'error',
    message: 'down',
    time: 5,
    rest: [['code', 1]],
  });
  assert.deepEqual(readStructured('{"severity":"WARN","message":"slow","@timestamp":"2026-01-01T00:00:00Z"}'), {
    level: 'warn',
    message: 'slow',
    time: '2026-01-01T00:00:00Z',
    rest: [],
  });
  for (const line of ['plain', '{"a":1}', '{broken}', '[1]', '{"msg":{"nested":true}}'])
    assert.equal(readStructured(line), null);
});
