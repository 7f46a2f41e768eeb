// What a container writes: frames, times and places, and that nothing is read twice. The bytes are as Docker 20.10 sends them. (C15)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frames } from '../../../src/kinds/kit/engine/index.ts';
import { Assembly } from '../../../src/kinds/managers/container/lines.ts';
import { compareTimes, placeOf, readPlace, sinceOf } from '../../../src/kinds/managers/container/place.ts';

const time = (nanos: number): string => `2026-11-28T20:05:17.${String(nanos).padStart(9, '0')}Z`;

function frame(nanos: number, text: string, stream: 1 | 2 = 1): Buffer {
  const payload = Buffer.from(`${time(nanos)} ${text}`);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const BEGINNING = placeOf(Date.parse('2026-11-28T20:05:16Z'));

const read = (bytes: Buffer, from: string, terminal = false, piece = 7) => {
  const frames = new Frames(terminal);
  const assembly = new Assembly(readPlace(from));
  const lines = [];
  for (let at = 0; at < bytes.length; at += piece) {
    for (const one of frames.push(bytes.subarray(at, at + piece))) lines.push(...assembly.push(one));
  }
  return lines;
};

test('frames in whatever pieces they come; long lines that come in several; what a terminal wrote', () => {
  const bytes = Buffer.concat([frame(1, 'one\n'), frame(2, 'bad\n', 2), frame(3, 'a long '), frame(4, 'line\n')]);
  for (const piece of [1, 7, 1000]) {
    const lines = read(bytes, BEGINNING, false, piece);
    assert.deepEqual(
      lines.map(({ text, stream, partial }) => [text.toString(), stream, partial]),
      [
        ['one', 'out', false],
        ['bad', 'err', false],
        ['a long line', 'out', false],
      ],
    );
  }
  const terminal = Buffer.from(`${time(1)} one\r\n${time(2)} two\r\n`);
  assert.deepEqual(
    read(terminal, BEGINNING, true).map(({ text }) => text.toString()),
    ['one', 'two'],
  );
});

test('read on from the place behind any line, nothing is missing and nothing comes twice', () => {
  // Two of one time, and streams that are not in order among each other.
  const all = [
    frame(10, 'a\n'),
    frame(10, 'b\n'),
    frame(12, 'c\n', 2),
    frame(11, 'd\n'),
    frame(12, 'e\n', 2),
    frame(13, 'f '),
    frame(14, 'g\n'),
    frame(15, 'h\n'),
  ];
  const lines = read(Buffer.concat(all), BEGINNING);
  const texts = lines.map(({ text }) => text.toString());
  assert.deepEqual(texts, ['a', 'b', 'c', 'd', 'e', 'f g', 'h']);
  for (const [at, { cursor }] of lines.entries()) {
    const rest = read(Buffer.concat(all), cursor).map(({ text }) => text.toString());
    assert.deepEqual(rest, texts.slice(at + 1), `behind ${texts[at]}`);
  }
});

test('times are compared to the nanosecond, and asked for by the second', () => {
  assert.equal(compareTimes(time(1), time(2)), -1);
  assert.equal(compareTimes('2026-11-28T20:05:17.1Z', '2026-11-28T20:05:17.100000000Z'), 0);
  assert.ok(compareTimes('2026-11-28T21:05:17.1+01:00', time(100_000_001)) < 0);
  assert.equal(sinceOf(readPlace(placeOf(1_999))), 1);
});
