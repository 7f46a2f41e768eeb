/** A wrong cell is noticed, whichever it is and in whichever way it is wrong. The campaign `mutations` asks the simulator, too. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutants } from './mutants.ts';
import { TABLES } from '../../src/core/coordinator/index.ts';
import { allCells } from './life/cells.ts';
import { cellsOf, listsNotice, SMALL_CELLS } from './noticing.ts';
import { UNSEEN_BY_LISTS } from './survivors.ts';

const all = mutants();

test('every cell of the small machines does what the reviewed list says', () => {
  const lines = cellsOf(TABLES).slice(allCells().length);
  if (process.env['UPDATE'] === '1') writeFileSync(SMALL_CELLS, `${lines.join('\n')}\n`);
  assert.deepEqual(lines, readFileSync(SMALL_CELLS, 'utf8').trimEnd().split('\n'));
});

test('every mutant of every cell is noticed by the lists and rules', (t) => {
  const survivors = all.filter(({ tables }) => !listsNotice(tables)).map(({ name }) => name);
  t.diagnostic(`${all.length} mutants, ${survivors.length} survive`);
  assert.deepEqual(survivors, UNSEEN_BY_LISTS, 'only mutants that are the same program survive');
});
