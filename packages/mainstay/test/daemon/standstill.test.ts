/** The process stood still, as after SIGSTOP: what came meanwhile is heard before anything is judged. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CoordinatorEvent, World } from '../../src/core/coordinator/index.ts';
import type { HealthcheckPlan } from '../../src/core/plan/index.ts';
import type { DaemonPorts } from '../../src/daemon/ports.ts';
import { Probes } from '../../src/daemon/probes.ts';
import { Timers } from '../../src/daemon/timers.ts';
import { createClock } from '../../src/host/clock/index.ts';
import type { Prober } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { planOf, servicePlan, Simulation } from '../../src/sim/index.ts';

const standStill = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('what was said before a timer was due is heard before it rings', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'still-'));
  const server = net.createServer();
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  const said = net.connect(join(directory, 's'));
  try {
    const [heard] = (await once(server, 'connection')) as [net.Socket];
    const order: string[] = [];
    const rang = new Promise<void>((resolve) => {
      const timers = new Timers(createClock(), (key) => {
        order.push(key);
        resolve();
      });
      heard.on('data', () => order.push('a word'));
      setImmediate(() => {
        timers.arm('a timer', 20);
        said.write('.');
        standStill(100);
      });
    });
    await rang;
    assert.deepEqual(order, ['a word', 'a timer']);
  } finally {
    said.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  }
});

test('a timer that is disarmed while it is about to ring does not', () => {
  const clock = new VirtualClock();
  const rung: string[] = [];
  const timers = new Timers(
    clock.forDaemon(() => true),
    (key) => rung.push(key),
  );
  clock.at(10, () => timers.disarm('a'));
  timers.arm('a', 10);
  timers.arm('b', 10);
  while (clock.step(1_000));
  assert.deepEqual(rung, ['b']);
});

const healthcheck: HealthcheckPlan = {
  kind: 'exec',
  target: {},
  interval: 10_000,
  timeout: 2_000,
  retries: 1,
  successes: 1,
  startPeriod: 0,
  startInterval: 1_000,
  thresholds: [],
  onFailure: 'restart',
};

/** What is posted of a probe that never answers, and whose deadline rings `lateMs` late. */
async function unanswered(lateMs: number): Promise<CoordinatorEvent[]> {
  const clock = new VirtualClock();
  const real = clock.forDaemon(() => true);
  const late = { ...real, after: (ms: number, run: () => void) => real.after(ms + lateMs, run) };
  const prober: Prober = {
    probe: (_kind, _target, { signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ status: 'fail', message: 'no answer', latencyMs: 1 })),
      ),
  };
  const ports = {
    clock: late,
    prober,
    environment: () => ({ values: {}, lookup: () => undefined, asUser: [] }),
    checksLog: { write: () => {} },
  } as unknown as DaemonPorts;
  const posted: CoordinatorEvent[] = [];
  const sim = new Simulation({ seed: 1, faults: 0, plan: planOf([servicePlan('web', { healthcheck })]) });
  await sim.startDaemon();
  const instance = sim.daemon?.coordinator.world.instances.get('web/0');
  assert.ok(instance !== undefined);
  new Probes(
    ports,
    () => ({ services: new Map(), plan: planOf([]) }) as unknown as World,
    (event) => posted.push(event),
    () => {},
  ).run(instance, 1, 1);
  while (clock.step(100_000)) await new Promise(setImmediate);
  return posted;
}

test('a probe without an answer has failed, unless nobody was there to hear it', async () => {
  const status = (events: CoordinatorEvent[]): string[] =>
    events.map((event) => (event.type === 'observed' ? event.status : event.type));
  assert.deepEqual(status(await unanswered(0)), ['fail']);
  assert.deepEqual(status(await unanswered(900)), ['fail']);
  assert.deepEqual(status(await unanswered(3_000)), ['unknown']);
});
