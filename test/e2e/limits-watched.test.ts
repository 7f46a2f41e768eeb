// Limits for a user who may make no control groups.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StatusReport } from '@mainstay/protocol';
import { CLI } from '../support/system.ts';
import { eventually } from '../support/wait.ts';

const NOBODY = 65_534;
const root = process.getuid?.() === 0;

test(
  'without control groups memory is watched, which is said',
  { skip: !root && 'only root can become nobody' },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mainstay-nobody-'));
    chmodSync(folder, 0o777);
    const grow =
      'test -e grown && exec sleep 86400; touch grown; head -c 60000000 /dev/zero | tail -c 60000000 | sleep 86400';
    writeFileSync(
      join(folder, 'mainstay.yaml'),
      `services: { web: { command: [sh, -c, '${grow}'], resources: { memory: 20m, pids: 20 }, restart_policy: { delay: 10ms } } }\n`,
    );
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
    const mainstay = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, [CLI, ...words], {
        cwd: folder,
        env,
        uid: NOBODY,
        gid: NOBODY,
        encoding: 'utf8',
        timeout: 120_000,
      });
    const runs = mainstay('--version').status === 0;
    t.after(() => {
      const ended = runs ? mainstay('down').status : 0;
      rmSync(folder, { recursive: true, force: true });
      assert.equal(ended, 0);
    });
    if (!runs) return t.diagnostic('nobody cannot run this node');

    const up = mainstay('up', '-d');
    assert.equal(up.status, 0, up.stderr);
    assert.match(up.stderr, /limits of web: its memory is watched and not held by the kernel/);
    assert.match(up.stderr, /limits of web: pids cannot be limited/);
    await eventually('it was ended for its memory', () => {
      const { services } = JSON.parse(mainstay('status', '--json').stdout) as StatusReport;
      return services[0]?.restarts === 1 && services[0].last_exit?.outOfMemory?.by === 'mainstay';
    });
    assert.match(mainstay('explain', 'web').stdout, /out of memory \(limit 20 MB\): it used 5\d(\.\d)? MB/);
  },
);
