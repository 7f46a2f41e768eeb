/** Pages with `sh run` blocks do what they say: each is executed from top to bottom in a project of its own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pages } from './markdown.ts';
import { Project } from './project.ts';
import { missing, stepsOf, type Step } from './script.ts';

/** With half a second between them. */
const ATTEMPTS = 40;

async function perform(project: Project, page: string, step: Extract<Step, { kind: 'run' }>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, output } = await project.run(step.text);
    const wrong = (code === 0) === (step.mode === 'fails') ? `exit code ${code}` : missing(step.shows, output);
    if (wrong === null) return;
    if (step.mode !== 'until' || attempt === ATTEMPTS)
      assert.fail(`${page}:${step.line}: ${wrong}\n${step.text}\n--- it said\n${output}`);
    await sleep(500);
  }
}

describe('pages that are executed', () => {
  const all = pages();
  const runnable = all.filter(({ fences }) => fences.some(({ words }) => words[1] === 'run'));

  it('every runbook is one of them', () => {
    const runbooks = all.filter(({ path }) => path.startsWith('docs/runbooks/') && !path.endsWith('README.md'));
    const idle = runbooks.filter((page) => !runnable.includes(page)).map(({ path }) => path);
    assert.deepEqual(idle, []);
    assert.ok(runbooks.length >= 9);
  });

  for (const page of runnable) {
    it(page.path, { timeout: 280_000 }, async (t) => {
      const project = await Project.create();
      t.after(() => project.end());
      for (const step of stepsOf(page)) {
        if (step.kind === 'file') project.write(step.name, step.text);
        else await perform(project, page.path, step);
      }
    });
  }
});
