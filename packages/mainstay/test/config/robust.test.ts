/** Whatever is in the file: an answer with places, never an exception. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { configError, loadPlan } from '../../src/config/index.ts';
import { readFixture, withFixture } from './fixture.ts';
import { KINDS, NOTIFIER_KINDS } from './kinds.ts';
import { seeded } from './seed.ts';

const folder = path.join(import.meta.dirname, '../../../../test/golden/config');
const texts = readdirSync(folder).map((name) => readFixture(path.join(folder, name)).files['mainstay.yaml'] ?? '');

/** A piece of one file put into another one, anywhere. */
const spliced = fc
  .record({
    base: fc.constantFrom(...texts),
    piece: fc.constantFrom(...texts),
    numbers: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat({ max: 40 })),
  })
  .map(({ base, piece, numbers: [at, gap, from, length] }) => {
    const start = at % (base.length + 1);
    const taken = piece.slice(from % (piece.length + 1)).slice(0, length);
    return base.slice(0, start) + taken + base.slice(start + (gap % 20));
  });

test('damaged files are answered with a plan or with placed problems', async () => {
  await fc.assert(
    fc.asyncProperty(spliced, async (text) => {
      await withFixture(
        { files: { 'mainstay.yaml': text }, env: {}, environment: null, input: '', expected: '' },
        async (result) => {
          assert.equal(result.plan === null, result.problems.length > 0);
          const lines = text.split('\n').length;
          for (const { line, column, reason, hint } of result.problems) {
            assert.ok(line === null || (line >= 1 && line <= lines), `line ${line} of ${lines}`);
            assert.ok(column === null || column >= 1);
            assert.ok(reason !== '' && !reason.includes('[object') && !reason.includes('undefined'), reason);
            assert.ok(hint === null || hint !== '');
          }
          assert.equal(configError(result.problems)?.exitCode ?? 2, 2);
        },
      );
    }),
    { ...seeded('damaged files'), numRuns: 400 },
  );
});

test('aliases of aliases do not eat the machine', async () => {
  let text = 'x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
  for (let level = 1; level < 12; level += 1) {
    const items = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
    text += `x-${level}: &a${level} [${items}]\n`;
  }
  await withFixture(
    { files: { 'mainstay.yaml': text }, env: {}, environment: null, input: '', expected: '' },
    ({ problems }) => {
      assert.ok(problems.some(({ reason }) => reason === 'aliases make the file too large'));
      return Promise.resolve();
    },
  );
});

test('bytes that are no text are said to be none', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'mainstay-config-'));
  try {
    const file = path.join(root, 'mainstay.yaml');
    writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xe4, 0x0a]));
    const { problems } = await loadPlan({ file, env: {}, kinds: KINDS, notifiers: NOTIFIER_KINDS });
    assert.deepEqual(
      problems.map(({ reason, line }) => ({ reason, line })),
      [{ reason: 'it is not UTF-8 text', line: null }],
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
