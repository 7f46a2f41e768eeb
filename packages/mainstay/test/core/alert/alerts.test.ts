import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ALERTS, acknowledge, attempted, ready, tell } from '../../../src/core/alert/index.ts';
import { HOUR, MIDNIGHT, MINUTE, World, notifier, route, trouble } from './world.ts';

test('one alert and one recovery, which belong together', () => {
  const world = new World();
  world.see('service/web', trouble());
  world.see('service/web', trouble({ cause: 'exit code 2' }));
  world.advance(HOUR);
  world.see('service/web', 'unsure');
  world.see('service/web', 'well');
  world.advance(HOUR);
  assert.deepEqual(world.heard('ops'), ['opened web', 'closed web']);
  const [opened, closed] = world.arrived.map(({ delivery }) => delivery);
  assert.equal(closed!.thread, opened!.key);
  assert.notEqual(closed!.key, opened!.key);
  assert.equal(closed!.alerts[0].cause, 'exit code 2');
  assert.equal(closed!.alerts[0].until, MIDNIGHT + HOUR);
  assert.deepEqual([world.alerts.open, world.alerts.outbox], [[], []]);
});

test('routes choose by severity, by service and by the time', () => {
  const world = new World({
    routes: [
      route({ severity: ['critical'], to: ['ops'] }),
      route({ services: ['db'], to: ['boss'], during: { days: [], from: 8 * 60, until: 18 * 60 } }),
    ],
  });
  world.see('check/site', trouble({ subject: 'site', severity: 'warning' }));
  world.see('service/db', trouble({ subject: 'db' }));
  assert.deepEqual([world.heard('ops'), world.heard('boss')], [['opened db'], []]);
  world.advance(9 * HOUR);
  assert.deepEqual(world.heard('boss'), ['opened db'], 'in the morning it lasts still');
  world.see('service/db', 'well');
  world.see('check/site', 'well');
  assert.deepEqual([world.heard('ops').at(-1), world.heard('boss').at(-1)], ['closed db', 'closed db']);
});

test('hours reach over midnight, and days are those on which they begin', () => {
  const night = { days: [5], from: 22 * 60, until: 7 * 60 };
  const world = new World({ routes: [route({ during: night })] });
  world.see('service/web', trouble());
  assert.deepEqual(world.heard('ops'), ['opened web'], 'Saturday 00:00 belongs to the night of Friday');
  const later = new World({ routes: [route({ during: night })] });
  later.wall += 7 * HOUR;
  later.see('service/web', trouble());
  later.advance(24 * HOUR);
  assert.deepEqual(later.heard('ops'), []);
});

test('what is not critical is held, and told together', () => {
  const world = new World({ group: 30_000 });
  world.see('check/a', trouble({ subject: 'a', severity: 'warning' }));
  world.wall += 10_000;
  world.see('check/b', trouble({ subject: 'b', severity: 'warning' }));
  world.see('service/c', trouble({ subject: 'c' }));
  assert.deepEqual(world.heard('ops'), ['opened c']);
  world.advance(20_000);
  assert.deepEqual(world.heard('ops'), ['opened c', 'opened a+b']);
  for (const name of ['check/a', 'check/b', 'service/c']) world.see(name, 'well');
  assert.deepEqual(world.heard('ops').slice(2).sort(), ['closed a', 'closed b', 'closed c']);
});

test('what was over before it was told is told once, as a recovery', () => {
  const world = new World({ group: 30_000 });
  world.see('check/a', trouble({ subject: 'a', severity: 'warning' }));
  world.see('check/a', 'well');
  world.advance(HOUR);
  assert.deepEqual(world.heard('ops'), ['closed a']);
  const { delivery } = world.arrived[0]!;
  assert.equal(delivery.thread, delivery.key, 'it begins the conversation');
});

test('reminders come while it lasts, until somebody acknowledges', () => {
  const world = new World({ routes: [route({ remind: HOUR })] });
  world.see('service/web', trouble());
  world.advance(2.5 * HOUR);
  assert.deepEqual(world.heard('ops'), ['opened web', 'reminder web', 'reminder web']);
  const keys = world.arrived.map(({ delivery }) => delivery.key);
  assert.equal(new Set(keys).size, 3);
  world.take(acknowledge(world.alerts, '1', 'ada', world.wall)!);
  world.advance(5 * HOUR);
  world.see('service/web', 'well');
  assert.deepEqual(world.heard('ops').slice(3), ['closed web']);
  assert.equal(acknowledge(world.alerts, '1', 'ada', world.wall), null);
});

test('a reminder is not added to a message that still waits', () => {
  const world = new World({ routes: [route({ remind: MINUTE })] });
  world.answers.set('ops', 'retry');
  world.see('service/web', trouble());
  world.advance(6 * HOUR);
  assert.equal(world.alerts.outbox.length, 1);
});

test('others are told when nobody acknowledges, and hear of the recovery', () => {
  const escalate = { after: 30 * MINUTE, to: ['boss'] };
  const world = new World({ routes: [route({ escalate })] });
  world.see('service/web', trouble());
  world.advance(29 * MINUTE);
  assert.deepEqual(world.heard('boss'), []);
  world.advance(MINUTE);
  assert.deepEqual(world.heard('boss'), ['escalated web']);
  world.see('service/web', 'well');
  assert.deepEqual(world.heard('boss'), ['escalated web', 'closed web']);

  const quick = new World({ routes: [route({ escalate })] });
  quick.see('service/web', trouble());
  quick.take(acknowledge(quick.alerts, '1', 'ada', quick.wall)!);
  quick.advance(HOUR);
  assert.deepEqual(quick.heard('boss'), []);
});

test('quiet hours hold back all but what is critical', () => {
  const world = new World({ quiet: [{ days: [], from: 22 * 60, until: 7 * 60 }] });
  world.see('check/a', trouble({ subject: 'a', severity: 'warning' }));
  world.see('service/b', trouble({ subject: 'b' }));
  world.advance(6 * HOUR);
  assert.deepEqual(world.heard('ops'), ['opened b']);
  world.advance(HOUR + MINUTE);
  assert.deepEqual(world.heard('ops'), ['opened b', 'opened a']);
});

test('pauses grow, heed what the other side asks for, and are bounded', () => {
  const world = new World();
  world.answers.set('ops', 'retry');
  world.see('service/web', trouble());
  world.advance(12 * HOUR);
  const tries = world.attempts.length;
  assert.ok(tries > 40 && tries < 60, `${tries} attempts in 12 hours`);
  const [delivery] = world.alerts.outbox;
  const asked = (afterMs: number): number => {
    const outcome = { result: 'retry', reason: 'slow down', afterMs } as const;
    return attempted(world.alerts, delivery!.key, outcome, world.wall, 0.5).alerts.outbox[0]!.due - world.wall;
  };
  assert.equal(asked(20 * MINUTE), 20 * MINUTE);
  assert.equal(asked(24 * HOUR), HOUR, 'but not for a day');
  world.answers.delete('ops');
  world.advance(HOUR);
  assert.deepEqual(world.heard('ops'), ['opened web']);
});

test('one at a time for each notifier, and another one does not wait for it', () => {
  const world = new World({ routes: [route({ to: ['ops', 'boss'] })] });
  world.answers.set('ops', 'retry').set('boss', 'retry');
  world.see('service/a', trouble({ subject: 'a' }));
  world.see('service/b', trouble({ subject: 'b' }));
  world.wall += 24 * HOUR;
  const due = ready(world.alerts, world.context());
  assert.deepEqual(due.map(({ notifier: name }) => name).sort(), ['boss', 'ops']);
  const busy = ready(world.alerts, world.context([due[0]!.key]));
  assert.deepEqual(
    busy.map(({ key }) => key),
    [due[1]!.key],
  );
});

test('a recovery waits for what it is the recovery of', () => {
  const world = new World();
  world.answers.set('ops', 'retry');
  world.see('service/web', trouble());
  const [opened] = world.alerts.outbox;
  // On its way while the service recovers.
  world.wall += MINUTE;
  const context = world.context([opened!.key]);
  const { alerts } = tell(world.alerts, new Map([['service/web', 'well' as const]]), context);
  assert.deepEqual(
    alerts.outbox.map(({ stage }) => stage),
    ['opened', 'closed'],
  );
  assert.deepEqual(ready(alerts, context), []);
  // The next daemon, which does not know what became of the first one.
  assert.deepEqual(
    ready(alerts, world.context()).map(({ stage }) => stage),
    ['opened'],
  );
  const failed = attempted(alerts, opened!.key, { result: 'retry', reason: 'no', afterMs: null }, world.wall, 0.5);
  assert.deepEqual(ready(failed.alerts, world.context()), [], 'and while that is to be tried again');
});

test('nothing is added to a message that is on its way, or to a critical one', () => {
  const world = new World({ group: 30_000 });
  world.answers.set('ops', 'retry');
  world.see('service/a', trouble({ subject: 'a' }));
  world.see('check/b', trouble({ subject: 'b', severity: 'warning' }));
  const onItsWay = world.alerts.outbox.map(({ key }) => key);
  const sights = new Map([...world.sights, ['check/c', trouble({ subject: 'c', severity: 'warning' })] as const]);
  const { alerts } = tell(world.alerts, sights, world.context(onItsWay));
  assert.deepEqual(
    alerts.outbox.map((one) => one.alerts.map(({ subject }) => subject)),
    [['a'], ['b'], ['c']],
  );
  const critical = tell(NO_ALERTS, new Map([['service/a', trouble({ subject: 'a' })]]), world.context());
  const both = tell(critical.alerts, sights, world.context());
  assert.deepEqual(
    both.alerts.outbox.map((one) => one.alerts.map(({ subject }) => subject)),
    [['a'], ['b', 'c']],
  );
});

test('a notifier that fails for good is reported through another one, and so is its return', () => {
  const world = new World({ routes: [route({ to: ['ops', 'boss'] })] });
  world.answers.set('ops', 'permanent');
  world.see('service/web', trouble());
  assert.match(world.alerts.broken['ops']!.reason, /^never; it was to say: opened of web \(#1\)$/);
  world.see('notifier/ops', trouble({ subject: 'notifier ops', severity: 'warning', except: 'ops' }));
  world.advance(HOUR);
  assert.deepEqual(world.heard('boss'), ['opened web', 'opened notifier ops']);
  assert.deepEqual(
    world.attempts.filter((one) => one.notifier === 'ops').map((one) => one.alerts[0].subject),
    ['web'],
    'and not through itself',
  );
  world.answers.delete('ops');
  world.see('service/web', 'well');
  assert.deepEqual(world.alerts.broken, {});
});

test('who is no longer in the file is not asked any more; who is new, is', () => {
  const world = new World();
  world.answers.set('ops', 'retry');
  world.see('service/web', trouble());
  world.plan = { ...world.plan, notifiers: [notifier('new')], routes: [route({ to: ['new'] })] };
  world.settle();
  assert.deepEqual(world.heard('new'), ['opened web']);
  assert.deepEqual(world.alerts.outbox, []);
});

test('a clock that is set back neither stops deliveries nor reminders', () => {
  const world = new World({ routes: [route({ remind: HOUR })] });
  world.answers.set('ops', 'retry');
  world.see('service/web', trouble());
  world.answers.delete('ops');
  world.wall -= 365 * 24 * HOUR;
  world.settle();
  assert.deepEqual(world.heard('ops'), ['opened web']);
  world.advance(1.5 * HOUR);
  assert.deepEqual(world.heard('ops'), ['opened web', 'reminder web']);
});

test('what is watched no more ends', () => {
  const world = new World();
  world.see('service/web', trouble());
  world.sights.delete('service/web');
  world.settle();
  assert.deepEqual(world.heard('ops'), ['opened web', 'closed web']);
  assert.match(world.records.find(({ type }) => type === 'alert.closed')!.message, /watched no more/);
});
