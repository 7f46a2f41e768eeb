import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from './markdown.ts';
import { Project } from './project.ts';
import { missing, stepsOf, type Step } from './script.ts';

/** With half a second between them. */
const ATTEMPTS = 40;

/** Executes a page from top to bottom, in a project of its own. */
export async function performPage(page: Page, t: TestContext): Promise<void> {
  const project = await Project.create();
  t.after(() => project.end());
  for (const step of stepsOf(page)) {
    if (step.kind === 'file') project.write(step.name, step.text);
    else await performStep(project, page.path, step);
  }
}

async function performStep(project: Project, page: string, step: Extract<Step, { kind: 'run' }>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, output } = await project.run(step.text);
    const wrong = (code === 0) === (step.mode === 'fails') ? `exit code ${code}` : missing(step.shows, output);
    if (wrong === null) return;
    if (step.mode !== 'until' || attempt === ATTEMPTS)
      assert.fail(`${page}:${step.line}: ${wrong}\n${step.text}\n--- it said\n${output}`);
    await sleep(500);
  }
}
