// What a unit's properties mean for a service. The properties are those that systemd 252 printed. (C15, R1)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUnit } from '../../../src/kinds/kit/systemd/index.ts';
import { lookOf } from '../../../src/kinds/managers/unit/look.ts';

const look = (properties: Record<string, string | number>) => {
  const all = {
    LoadState: 'loaded',
    Type: 'simple',
    Result: 'success',
    InvocationID: 'i1',
    NRestarts: 0,
    Restart: 'no',
  };
  const text = Object.entries({ ...all, ...properties }).map((pair) => pair.join('='));
  return lookOf('web.service', parseUnit(text.join('\n')), false);
};

test('running, on its way, restarted by systemd, ended, missing', () => {
  const cases: [Record<string, string | number>, string][] = [
    [{ ActiveState: 'active', SubState: 'running', MainPID: 7 }, 'running'],
    [{ ActiveState: 'reloading', SubState: 'reload' }, 'running'],
    [{ ActiveState: 'deactivating', SubState: 'stop-sigterm' }, 'running'],
    [{ ActiveState: 'activating', SubState: 'start' }, 'between'],
    [{ ActiveState: 'activating', SubState: 'start', Type: 'oneshot' }, 'running'],
    [{ ActiveState: 'activating', SubState: 'auto-restart' }, 'restarting'],
    [{ ActiveState: 'inactive', SubState: 'dead', Job: 12 }, 'between'],
    [{ ActiveState: 'inactive', SubState: 'dead' }, 'down'],
    [{ ActiveState: 'failed', SubState: 'failed' }, 'down'],
    [{ LoadState: 'not-found', ActiveState: 'inactive' }, 'missing'],
    [{ LoadState: 'masked', ActiveState: 'inactive' }, 'missing'],
  ];
  for (const [properties, expected] of cases) assert.equal(look(properties).is, expected, JSON.stringify(properties));
  assert.equal(look({ LoadState: 'masked', ActiveState: 'inactive' }).hint, 'systemctl unmask web.service');
});

test('how it ended', () => {
  const failed = { ActiveState: 'failed', SubState: 'failed' };
  assert.deepEqual(look({ ...failed, ExecMainCode: 1, ExecMainStatus: 3 }).exit, {
    code: 3,
    signal: null,
    known: true,
  });
  assert.deepEqual(look({ ...failed, ExecMainCode: 2, ExecMainStatus: 9 }).exit, {
    code: null,
    signal: 'SIGKILL',
    known: true,
  });
  const killed = look({ ...failed, Result: 'oom-kill', ExecMainCode: 2, ExecMainStatus: 9 }).exit;
  assert.equal(killed?.outOfMemory?.main, true);
  // Stopped, and forgotten by systemd.
  const stopped = look({ ActiveState: 'inactive', SubState: 'dead', InvocationID: '', ExecMainCode: 0 });
  assert.deepEqual(stopped.exit, { code: 0, signal: null, known: true });
  assert.equal(look({ ActiveState: 'active', SubState: 'running', ExecMainCode: 0 }).exit, null);
});

test('a restart policy of the unit competes', () => {
  assert.equal(look({ ActiveState: 'active' }).competes, null);
  assert.match(look({ ActiveState: 'active', Restart: 'always' }).competes ?? '', /Restart=always.*systemctl edit web/);
});
