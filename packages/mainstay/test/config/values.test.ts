/** Durations, sizes, percentages, ports and command lines: read, written, and read again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  DURATION_PATTERN,
  PERCENT_PATTERN,
  PORT_PATTERN,
  SIZE_PATTERN,
  formatDuration,
  formatPercent,
  formatPort,
  formatSize,
  formatUmask,
  parseDuration,
  parsePercent,
  parsePort,
  parseSize,
  parseUmask,
  splitWords,
} from '../../src/config/values/index.ts';
import { nearest } from '../../src/config/nearest.ts';
import { seeded } from './seed.ts';

describe('what is written is read again as the same', () => {
  test('durations', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (ms) => {
        assert.deepEqual(parseDuration(formatDuration(ms)), { value: ms });
        assert.match(formatDuration(ms), new RegExp(DURATION_PATTERN));
      }),
      seeded('durations'),
    );
  });

  test('sizes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.constantFrom(1, 1024, 1024 ** 2), (count, unit) => {
        const bytes = Math.floor(count / unit) * unit;
        assert.deepEqual(parseSize(formatSize(bytes)), { value: bytes });
        assert.match(formatSize(bytes), new RegExp(SIZE_PATTERN));
      }),
      seeded('sizes'),
    );
  });

  test('percentages', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), (thousandths) => {
        const fraction = Number((thousandths / 100_000).toPrecision(12));
        assert.deepEqual(parsePercent(formatPercent(fraction)), { value: fraction });
        assert.match(formatPercent(fraction), new RegExp(PERCENT_PATTERN));
      }),
      seeded('percentages'),
    );
  });

  test('ports', () => {
    const port = fc.record(
      {
        host: fc.constantFrom(null, '127.0.0.1', '::1', 'localhost'),
        port: fc.integer({ min: 1, max: 65_535 }),
        step: fc.constantFrom(0 as const, 1 as const),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(port, (value) => {
        assert.deepEqual(parsePort(formatPort(value)), { value });
        assert.match(formatPort(value), new RegExp(PORT_PATTERN));
      }),
      seeded('ports'),
    );
  });

  test('umasks', () => {
    for (let umask = 0; umask <= 0o777; umask += 1) assert.deepEqual(parseUmask(formatUmask(umask)), { value: umask });
  });

  test('command lines, quoted as for a shell', () => {
    const word = fc.string({ unit: fc.constantFrom('a', ' ', '|', '$', '`', '"', '\\', '&', '\n', '*') });
    const quoted = (text: string): string => `'${text}'`;
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        // `$$` and `${` are mainstay's own inside quotes as well, and stay as they are.
        assert.deepEqual(splitWords(words.map(quoted).join(' ')), { value: words });
      }),
      seeded('words'),
    );
  });
});

describe('splitWords', () => {
  const cases: [line: string, words: string[]][] = [
    ['a  b\tc', ['a', 'b', 'c']],
    [`a'b c'd"e f"g`, ['ab cde fg']],
    [`'' ""`, ['', '']],
    [`a\\ b "c\\"d" 'e\\f'`, ['a b', 'c"d', 'e\\f']],
    ['"a\\nb"', ['a\\nb']],
    ['${A:-b c} "${D:-"}"', ['${A:-b c}', '${D:-"}']],
    ['$$x "$1" a#b', ['$$x', '$1', 'a#b']],
  ];
  for (const [line, words] of cases) {
    test(line, () => assert.deepEqual(splitWords(line), { value: words }));
  }
});

describe('nearest', () => {
  const known = ['interval', 'timeout', 'retries', 'start_period'];
  const cases: [word: string, found: string | null][] = [
    ['intervall', 'interval'],
    ['itnerval', 'interval'],
    ['Interval', 'interval'],
    ['start-period', 'start_period'],
    ['retry', null],
    ['x', null],
  ];
  for (const [word, found] of cases) test(word, () => assert.equal(nearest(word, known), found));
});
