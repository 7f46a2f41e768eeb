import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventType, JournalEvent } from '@mainstay/protocol';
import { plain } from '../../src/cli/text/index.ts';
import { eventLines } from '../../src/cli/run/event-lines.ts';

const event = (type: EventType, message: string, data: Record<string, unknown>): JournalEvent => ({
  seq: 1,
  at: 0,
  type,
  instance: 'web/0',
  incarnation: 1,
  message,
  data,
});
const phase = (from: string, to: string, reason: string | null): JournalEvent =>
  event('instance.phase', `web: ${from} → ${to}`, { from, to, reason });
const health = (value: string): JournalEvent => event('instance.health', `web is ${value}`, { health: value });

/** What the view shows of these events, without the time. */
function shown(...events: JournalEvent[]): string[] {
  const lineOf = eventLines((name) => name, { style: plain });
  return events.map(lineOf).flatMap((line) => (line === null ? [] : [line.replace(/^\S+ +/, '').trimEnd()]));
}

test('a start is what it waits for, that it runs, and that it is ready', () => {
  const lines = shown(
    phase('stopped', 'waiting', 'starting'),
    phase('waiting', 'waiting', 'waiting for db (healthy)'),
    phase('waiting', 'starting', null),
    phase('starting', 'running', 'waiting until it is ready (healthcheck)'),
    health('healthy'),
    phase('running', 'ready', 'its healthcheck is healthy'),
  );
  assert.deepEqual(lines, [
    'web               waiting    for db (healthy)',
    'web               running    waiting until it is ready (healthcheck)',
    'web               ready      its healthcheck is healthy',
  ]);
});

test('a crash is said once, and what comes of it', () => {
  const lines = shown(
    phase('ready', 'backoff', 'exit code 1'),
    health('unknown'),
    phase('backoff', 'waiting', 'exit code 1'),
    phase('waiting', 'starting', null),
    phase('starting', 'ready', null),
  );
  assert.deepEqual(lines, ['web               backoff    exit code 1', 'web               ready']);
});

test('a program that cannot be started is said once, with the reason', () => {
  const reason = 'cannot start web: tcp port 80 is held by process 7 (nginx)';
  const lines = shown(event('instance.spawn-failed', reason, {}), phase('starting', 'backoff', reason));
  assert.deepEqual(lines, [`web               backoff    ${reason}`]);
});

test('why it is not started again, and ill health that it runs on with, are said', () => {
  const lines = shown(
    phase('ready', 'waiting', 'exit code 1; not restarted: maintenance'),
    phase('starting', 'ready', null),
    health('unhealthy'),
    health('healthy'),
    health('unknown'),
  );
  assert.deepEqual(lines, [
    'web               waiting    exit code 1; not restarted: maintenance',
    'web               ready',
    'web is unhealthy',
    'web is healthy',
    'web is unknown',
  ]);
});
