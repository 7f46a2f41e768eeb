import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  bootId,
  commandLine,
  environmentValue,
  identify,
  isAlive,
  isDead,
  listPids,
  parseStat,
  readStat,
} from '../../../src/host/proc/index.ts';
import { until } from '../process/kit.ts';

describe('/proc/PID/stat', () => {
  it('is read whatever the name of the program is', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), (comm, pid, start) => {
        const rest = `S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 ${start} 8192 100`;
        const stat = parseStat(`${pid} (${comm}) ${rest}\n`);
        assert.deepEqual(stat, { pid, comm, state: 'S', ppid: 1, group: 2, session: 3, startTime: String(start) });
      }),
    );
  });

  it('is not taken from something else', () => {
    for (const line of ['', '1', '1 (sh', '1 sh) S 1', '1 (sh) S 1 2 3', ')(']) assert.equal(parseStat(line), null);
  });

  it('is read of a real process with blanks and parentheses in its name', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mainstay-proc-'));
    const program = join(directory, 'a) R (b');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['1000'], { stdio: 'ignore', env: { BEFORE_WANTED: '0', WANTED: 'a=b' } });
    const pid = child.pid ?? 0;
    try {
      await until('exec', () => readStat(pid)?.comm === 'a) R (b');
      assert.equal(readStat(pid)?.ppid, process.pid);
      assert.ok(listPids().includes(pid));
      assert.equal(environmentValue(pid, 'WANTED'), 'a=b');
      assert.equal(environmentValue(pid, 'ANTED'), null);
      assert.equal(commandLine(pid), `${program} 1000`);
      assert.equal(commandLine(pid, 5)?.length, 5);
      const identity = identify(pid);
      assert.ok(identity !== null && isAlive(identity));
      assert.equal(identity.bootId, bootId());
      assert.equal(isAlive({ ...identity, startTime: '1' }), false);
      assert.equal(isAlive({ ...identity, bootId: 'another' }), false);
    } finally {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    }
  });

  it('says nothing of a process that is not there, and calls a zombie dead', () => {
    assert.equal(readStat(2 ** 22 + 1), null);
    assert.equal(identify(2 ** 22 + 1), null);
    const self = readStat(process.pid);
    assert.ok(self !== null && !isDead(self));
    assert.ok(isDead({ ...self, state: 'Z' }));
  });
});
