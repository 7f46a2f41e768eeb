/** The runbooks do what they say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pages } from './markdown.ts';
import { performPage } from './perform.ts';

const runbooks = pages().filter(({ path }) => path.startsWith('docs/runbooks/') && !path.endsWith('README.md'));

// They wait most of the time.
describe('runbooks', { concurrency: 3 }, () => {
  for (const page of runbooks) {
    it(page.path, { timeout: 280_000 }, async (t) => {
      assert.ok(page.fences.some(({ words }) => words[1] === 'run'));
      await performPage(page, t);
    });
  }

  it('there are nine', () => {
    assert.equal(runbooks.length, 9);
  });
});
