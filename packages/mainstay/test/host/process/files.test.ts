/** The words that launchers leave behind, whole and torn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { incarnationName, parseExit, parseIdentity, parseIncarnationName } from '../../../src/host/process/files.ts';

const BOOT = 'f7bc81b0-b189-4be9-a660-142b4e926634';

describe('what launchers write down', () => {
  it('is read only when it is whole', () => {
    const line = `${BOOT} 123 4567 100 4560 .\n`;
    assert.deepEqual(parseIdentity(line), {
      leader: { bootId: BOOT, pid: 123, startTime: '4567' },
      waiter: { bootId: BOOT, pid: 100, startTime: '4560' },
    });
    assert.equal(parseIdentity(`${BOOT} 123 4567 0 0 .\n`)?.waiter, null);
    for (let length = 0; length < line.length; length += 1) assert.equal(parseIdentity(line.slice(0, length)), null);
    const record = 'Terminated\n143 .\n';
    for (let length = 0; length < record.length; length += 1) assert.equal(parseExit(record.slice(0, length)), null);
  });

  it('tells a signal from an exit code above 128', () => {
    const code = (value: number) => ({ code: value, signal: null, known: true });
    const signal = (name: string) => ({ code: null, signal: name, known: true });
    assert.deepEqual(parseExit('0 .\n'), code(0));
    assert.deepEqual(parseExit('143 .\n'), code(143));
    assert.deepEqual(parseExit('Terminated\n143 .\n'), signal('SIGTERM'));
    assert.deepEqual(parseExit('app: line 1:  8 Segmentation fault      (core dumped) x\n139 .\n'), signal('SIGSEGV'));
    assert.deepEqual(parseExit('Real-time signal 3\n165 .\n'), signal('SIGRTMIN+3'));
    assert.deepEqual(parseExit('something the shell said\n3 .\n'), code(3));
  });

  it('is found by a name that any service name survives', () => {
    for (const service of ['app', 'a.b', 'web-1', 'ünï', 'a/b', '%2F']) {
      const name = incarnationName(`${service}/3`, 12);
      assert.doesNotMatch(name, /\//);
      assert.deepEqual(parseIncarnationName(name), { instance: `${service}/3`, incarnation: 12 });
    }
    assert.equal(parseIncarnationName('probe.12'), null);
    assert.equal(parseIncarnationName('%.1.2'), null);
  });
});
