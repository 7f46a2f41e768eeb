// The first command on a fresh clone: installs what is needed, then runs a task on the pinned Node 24.
//   node scripts/bootstrap.mjs start|test|gate|build|campaign [arguments …]
// Plain JavaScript without dependencies; runs on any Node >= 20.
import { spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError, ensureInstalled, pinnedNode } from './lib/install.mjs';

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)));

/** What each task runs; the paths are relative to the checkout. */
const TASKS = /** @type {const} */ ({
  start: ['packages/mainstay/src/entry/cli.ts', 'up', '-f', 'examples/quickstart/mainstay.yaml'],
  test: ['scripts/test.ts'],
  gate: ['scripts/test.ts', '--gate-only'],
  build: ['scripts/build.ts'],
  campaign: ['scripts/campaign.ts'],
});

const [task = '', ...rest] = process.argv.slice(2);
const command = Object.entries(TASKS).find(([name]) => name === task)?.[1];
/** @param {string} line */
const say = (line) => process.stderr.write(`mainstay: ${line}\n`);

if (!command) {
  say(`cannot run ${JSON.stringify(task)}: the tasks are ${Object.keys(TASKS).join(', ')}`);
  process.exitCode = 2;
} else {
  try {
    await ensureInstalled(root, say);
    process.exitCode = await run(pinnedNode(root, say), [...command, ...rest]);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code, 128 + n after a signal
 */
function run(node, args) {
  const [script = '', ...others] = args;
  const bin = [join(node, '..'), join(root, 'node_modules/.bin')].join(delimiter);
  // `start` names a file of the checkout, so it runs there; so does everything else.
  const child = spawn(node, [join(root, script), ...others], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'])) {
    process.on(signal, () => {
      // The terminal tells the whole foreground group: passing that on would look like a second Ctrl-C.
      if (signal === 'SIGTERM' || !inForegroundOfTerminal()) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new BootstrapError(`cannot start ${node}: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}

/** Fields 5 and 8 of /proc/self/stat (proc_pid_stat(5)): our process group, and the terminal's foreground group. */
function inForegroundOfTerminal() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5];
  } catch {
    return false;
  }
}
