import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Plan } from '../../core/plan/index.ts';
import type { LineSink } from '../../daemon/index.ts';

/**
 * SIGHUP: the command line reads and checks mainstay.yaml, in a process of its own, and hands over
 * the plan if it is good; the daemon itself never loads a parser.
 */
export function reloadByCommandLine(plan: Plan, stateDir: string, log: LineSink): void {
  const say = (text: string): void => log.write(`${new Date().toISOString()} reload: ${text}`);
  const environment = plan.environment === null ? [] : ['--env', plan.environment];
  const args = [commandLine(), 'apply', '--file', plan.file, '--state-dir', stateDir, ...environment];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') say(line);
    });
  }
  child.on('error', (error) => say(`cannot run the command line: ${error.message}`));
  child.on('exit', (code) => say(code === 0 ? 'done' : `the plan was not changed (exit code ${code ?? 'none'})`));
}

function commandLine(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../cli.ts' : './cli.cjs', here));
}
