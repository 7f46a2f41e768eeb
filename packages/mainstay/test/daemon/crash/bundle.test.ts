/** What a crash bundle tells, and what it must not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CrashBundle } from '@mainstay/protocol';
import { CrashRecorder } from '../../../src/daemon/crash/index.ts';
import { textOf } from '../../../src/daemon/crash/bundle.ts';
import { planOf, servicePlan } from '../../../src/sim/plan.ts';
import { QUIET_MACHINE } from '../../../src/sim/machine-facts.ts';
import { Driven } from '../../core/coordinator/driven.ts';

const SECRET = 'hunter2';
const DB = servicePlan('db', { ready: { by: 'notify', timeout: 60_000 } });
const WEB = servicePlan('web', {
  command: ['serve', '--token', SECRET],
  environment: { TOKEN: SECRET, PORT: '80' },
  dependsOn: [{ service: 'db', condition: 'service_started', restart: false, required: true }],
});

/** The bundles that the failures in a system leave. */
function recorded(play: (driven: Driven) => void, lines: string[] = ['one', 'two']): CrashBundle[] {
  const written: string[] = [];
  const ports = {
    logs: { tail: () => lines } as never,
    machine: () => QUIET_MACHINE,
    crashes: { write: ({ text }: { text: string }) => void written.push(text) },
  };
  const samples = { of: () => [{ at: 0, memory: 5, cpu: 1.4 }] } as never;
  const recorder = new CrashRecorder(ports, samples);
  const driven = new Driven(planOf([DB, WEB]));
  const { tell } = driven;
  driven.tell = (event) => {
    const effects = tell.call(driven, event);
    for (const effect of effects) {
      if (effect.type === 'record') recorder.happened({ seq: 0, at: driven.now.wall, ...effect.event });
      else if (effect.type === 'failure') recorder.failed(effect, driven.coordinator.world, driven.now);
    }
    return effects;
  };
  play(driven);
  return written.map((text) => JSON.parse(text) as CrashBundle);
}

test('it tells how it ended, how long it lived, what it used and what was going on; no values', () => {
  const [other, web] = recorded((driven) => {
    driven.end('db/0', 1);
    driven.now = { mono: driven.now.mono + 5_000, wall: driven.now.wall + 5_000 };
    driven.end('web/0', 3);
  });
  assert.equal(other?.service, 'db');
  assert.ok(web !== undefined);
  const { events, at, started_at: started, ...rest } = web;
  assert.deepEqual(rest, {
    version: 1,
    service: 'web',
    instance: 0,
    incarnation: 1,
    class: 'exit',
    reason: 'exit code 3',
    exit: { code: 3, signal: null, known: true },
    uptime_ms: 5_000,
    restarts: 1,
    program: 'serve',
    last_lines: ['one', 'two'],
    usage: [{ at: new Date(0).toISOString(), memory: 5, cpu_ms: 1 }],
    memory_limit: null,
    environment: ['TOKEN', 'PORT'],
    dependencies: rest.dependencies,
    maintenance: null,
    other_failures: [{ at: new Date(Date.parse(at) - 5_000).toISOString(), service: 'db', reason: 'exit code 1' }],
    machine: QUIET_MACHINE,
  });
  assert.match(rest.dependencies[0] ?? '', /^db: /);
  assert.equal(Date.parse(at) - Date.parse(started ?? ''), 5_000);
  assert.ok(events.some(({ message }) => message === 'web: exit code 3'));
  assert.doesNotMatch(JSON.stringify(web), new RegExp(SECRET));
});

test('what mainstay ended, what memory ended and what nobody saw are told apart', () => {
  const exit = { code: null, signal: 'SIGKILL', known: true };
  const ended = (driven: Driven, how: object): void =>
    void driven.tell({ type: 'exited', instance: 'db/0', incarnation: 1, exit: { ...exit, ...how }, remaining: 0 });
  const classes = [{}, { outOfMemory: { by: 'kernel', limit: 9, main: true } }, { known: false, signal: null }].map(
    (how) => recorded((driven) => ended(driven, how))[0]?.class,
  );
  assert.deepEqual(classes, ['signal', 'out-of-memory', 'unknown']);
});

test('a file does not grow beyond its size, and is whole', () => {
  const [web] = recorded(
    (driven) => void driven.end('db/0', 1),
    Array.from({ length: 50 }, () => 'é'.repeat(90_000)),
  );
  assert.ok(web !== undefined);
  assert.equal(web.last_lines.length, 50);
  assert.ok(web.last_lines.every((line) => line.length === 1001));
  const huge = textOf({ ...web, last_lines: Array.from({ length: 500 }, (_, n) => `${n} ${'x'.repeat(1000)}`) });
  assert.ok(huge.length <= 64 * 1024);
  assert.match((JSON.parse(huge) as CrashBundle).last_lines.at(-1) ?? '', /^499 /, 'the newest lines stay');
});
