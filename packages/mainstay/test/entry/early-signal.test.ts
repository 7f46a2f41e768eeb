// A daemon that is told to end before everything around it is set up.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadPlan } from '../../src/config/index.ts';
import { CHECKS } from '../../src/registry/checks.ts';
import { temporaryDirectory } from '../host/store/temporary.ts';

const DAEMON = fileURLToPath(new URL('../../src/entry/daemon.ts', import.meta.url));

test('SIGTERM as soon as a service runs: the daemon stops it, and ends in order', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'mainstay.yaml');
  const stateDir = join(directory.path, '.mainstay');
  // The service itself ends its parent, at once.
  writeFileSync(
    file,
    `project: early
services:
  killer: { command: [sh, -c, "echo $$$$ >pid; kill -TERM $$PPID; exec sleep 600"], stop_grace_period: 20s }
`,
  );
  const { plan, problems } = await loadPlan({ file, env: {}, kinds: CHECKS });
  assert.deepEqual(problems, []);
  mkdirSync(stateDir, { mode: 0o700 });
  writeFileSync(join(stateDir, 'plan.json'), JSON.stringify(plan));
  const daemon = spawn(process.execPath, [DAEMON, '--state-dir', stateDir], { stdio: 'ignore' });
  const [code, signal] = (await once(daemon, 'exit')) as [number | null, string | null];
  const pid = Number(readFileSync(join(directory.path, 'pid'), 'utf8'));
  const isLeft = existsSync(`/proc/${pid}/stat`);
  if (isLeft) process.kill(pid, 'SIGKILL');
  assert.deepEqual({ code, signal, isLeft }, { code: 0, signal: null, isLeft: false });
});
