// The steps before the tests. Each counts as one test.
import { spawn } from 'node:child_process';

export interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  /** ms */
  readonly took: number;
}

/** All are JavaScript programs of the checkout's own dependencies or scripts. */
export const GATE: readonly Step[] = [
  { name: 'types (tsc)', args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint (oxlint)', args: ['node_modules/oxlint/bin/oxlint', '--deny-warnings'] },
  { name: 'format (oxfmt)', args: ['node_modules/oxfmt/bin/oxfmt', '--check', '.'] },
  { name: 'house rules', args: ['scripts/house.ts'] },
];

/** Runs one step; a step that cannot be started has failed. */
export async function runStep(step: Step, root: string): Promise<StepResult> {
  const start = performance.now();
  const child = spawn(process.execPath, step.args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ok = await new Promise<boolean>((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
  return { name: step.name, ok, output: output.trimEnd(), took: performance.now() - start };
}
