import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  chooseStyle,
  coloured,
  humanAge,
  humanDuration,
  oneLine,
  parseDuration,
  plain,
  renderTable,
  textWidth,
  truncate,
} from '../../src/cli/text/index.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seed ${seed}`);

test('durations as people say them', () => {
  const said: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [300, '300ms'],
    [999.6, '1s'],
    [1000, '1s'],
    [59_400, '59s'],
    [59_600, '1m'],
    [200_000, '3m 20s'],
    [7_500_000, '2h 5m'],
    [7_205_000, '2h'],
    [86_400_000 * 12 + 3_600_000 * 4 + 60_000, '12d 4h'],
    [-5000, '-5s'],
  ];
  for (const [ms, text] of said) assert.equal(humanDuration(ms), text, String(ms));
  assert.equal(humanAge('2026-01-01T00:00:00.000Z', Date.parse('2026-01-01T00:00:00.900Z')), '0s');
  assert.equal(humanAge('2026-01-01T00:00:10.000Z', Date.parse('2026-01-01T00:00:00.000Z')), '0s');
  assert.equal(humanAge('2026-01-01T00:00:00.000Z', Date.parse('2026-01-01T00:01:05.999Z')), '1m 5s');
  assert.equal(humanAge(null, 0), '-');
});

test('durations as options take them', () => {
  assert.equal(parseDuration('1h30m', '--for'), 5_400_000);
  assert.equal(parseDuration('500ms', '--for'), 500);
  assert.equal(parseDuration('1.5s', '--for'), 1500);
  for (const wrong of ['', '5', '5x', 'm', '5 m', '-5m', '1h 30m']) {
    assert.throws(() => parseDuration(wrong, '--for'), { code: 'usage' }, wrong);
  }
});

test('colours only on a terminal that wants them', () => {
  assert.equal(chooseStyle(true, {}, false), coloured);
  assert.equal(chooseStyle(true, { NO_COLOR: '' }, false), coloured);
  assert.equal(chooseStyle(true, { NO_COLOR: '1' }, false), plain);
  assert.equal(chooseStyle(true, { TERM: 'dumb' }, false), plain);
  assert.equal(chooseStyle(true, {}, true), plain);
  assert.equal(chooseStyle(false, {}, false), plain);
});

test('width counts columns: colours none, wide characters two', () => {
  assert.equal(textWidth(coloured('red', 'ab')), 2);
  assert.equal(textWidth('日本'), 4);
  assert.equal(textWidth('e\u0301'), 1);
  assert.equal(truncate('日本語', 5), '日本…');
  assert.equal(truncate('abc', 3), 'abc');
  assert.equal(truncate('abcd', 3), 'ab…');
  assert.equal(truncate('abcd', 0), '');
});

test('text from elsewhere cannot control the terminal', () => {
  assert.equal(oneLine('a\u001b[2Jb\nc\u0007d\r\n'), 'ab c d');
  const columns = [{ title: 'NAME' }];
  const table = renderTable(columns, [[{ text: 'x\u001b]0;evil\u0007\ny' }]], 80, plain);
  assert.deepEqual(table.split('\n').length, 3);
  assert.doesNotMatch(table.replaceAll('\n', ''), /\p{Cc}/u);
});

test('a table fits its width whatever is in it, and keeps what may not shrink', () => {
  const cell = fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 60 }) });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 }),
      fc.integer({ min: 60, max: 200 }),
      (rows, width) => {
        const columns = [
          { title: 'NAME', shrinkTo: 12 },
          { title: 'STATE', shrinkTo: 10 },
          { title: 'REASON', shrinkTo: 10 },
        ];
        for (const line of renderTable(columns, rows, width, coloured).split('\n'))
          assert.ok(textWidth(line) <= width, line);
      },
    ),
    { seed },
  );
});

test('columns without anything in them are left out', () => {
  const columns = [{ title: 'A' }, { title: 'B' }, { title: 'C', align: 'right' as const }];
  const rows = [
    [{ text: 'x' }, { text: '' }, { text: '1' }],
    [{ text: 'yy' }, { text: '' }, { text: '10' }],
  ];
  assert.equal(renderTable(columns, rows, 80, plain), 'A    C\nx    1\nyy  10\n');
});
