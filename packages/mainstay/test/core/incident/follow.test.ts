// Which failures are one incident, what its cause is, and when it is over.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  STEADY_MS,
  followIncidents,
  noIncidents,
  type Condition,
  type Happening,
  type IncidentEffect,
  type Incidents,
} from '../../../src/core/incident/index.ts';

const NEEDS: Readonly<Record<string, string[]>> = {
  redis: [],
  web: ['redis'],
  worker: ['redis'],
  site: ['redis', 'web'],
};
const GOOD: Condition = { name: 'good' };

/** A system whose conditions are set by hand. */
class Story {
  incidents: Incidents = noIncidents();
  at = 1_000_000;
  readonly told: string[] = [];
  lookAgainMs: number | null = null;
  readonly conditions: Record<string, Condition> = {};

  bad(name: string, { since = this.at, severity = 'critical' as const } = {}): void {
    const moment = { mono: since, wall: since };
    this.conditions[name] = { name: 'trouble', severity, reason: 'broken', since: moment, failure: 'crash' };
  }

  look(afterMs = 0, happened: Happening[] = []): IncidentEffect[] {
    this.at += afterMs;
    const subjects = Object.entries(NEEDS).map(([name, needs]) => {
      const kind = name === 'site' ? ('check' as const) : ('service' as const);
      return { name, kind, needs, condition: this.conditions[name] ?? GOOD };
    });
    const now = { mono: this.at, wall: this.at };
    const seen = followIncidents(this.incidents, { subjects, happened, now });
    this.incidents = seen.incidents;
    this.lookAgainMs = seen.lookAgainMs;
    for (const { type, incident } of seen.effects) this.told.push(`${type} #${incident.id} ${incident.cause}`);
    return seen.effects;
  }
}

test('a failure is one incident, with the times of what happened', () => {
  const story = new Story();
  story.bad('redis', { since: story.at - 30_000 });
  const began = story.at;
  story.look();
  story.look(500, [{ subject: 'redis', what: 'action', text: 'started, pid 7' }]);
  story.conditions['redis'] = GOOD;
  story.look(1500);
  assert.equal(story.lookAgainMs, STEADY_MS);
  story.look(STEADY_MS);
  assert.deepEqual(story.told, ['opened #1 redis', 'closed #1 redis']);
  story.bad('redis');
  const [{ incident }] = story.look() as [IncidentEffect];
  assert.equal(incident.id, 2, 'later it is another one');
  assert.equal(story.incidents.open.length, 1);
  assert.equal(began - 30_000, 970_000);
});

test('that people were told is in the timeline, and is neither a first action nor a repair', () => {
  const story = new Story();
  story.bad('redis');
  story.look();
  story.look(500, [{ subject: 'redis', what: 'delivery', text: 'ops was told (opened)' }]);
  story.conditions['redis'] = GOOD;
  story.look(1500);
  const [incident] = story.incidents.open;
  assert.deepEqual(
    incident?.timeline.map(({ what, text }) => `${what}: ${text}`),
    ['observation: broken', 'delivery: ops was told (opened)', 'observation: well again'],
  );
  assert.deepEqual([incident?.actionAt, incident?.by], [null, 'itself']);
});

test('what is told of an incident: detected, first action, recovered, by whom', () => {
  const story = new Story();
  story.bad('redis', { since: story.at - 30_000 });
  story.look();
  story.look(500, [{ subject: 'redis', what: 'action', text: 'started, pid 7' }]);
  story.conditions['redis'] = GOOD;
  story.look(1500);
  const closed = story.look(STEADY_MS)[0]?.incident;
  assert.equal(closed?.firstFailureAt, 970_000);
  assert.equal(closed?.detectedAt, 1_000_000);
  assert.equal(closed?.actionAt, 1_000_500);
  assert.equal(closed?.recoveredAt, 1_002_000);
  assert.equal(closed?.by, 'mainstay');
  assert.deepEqual(
    closed?.timeline.map(({ text }) => text),
    ['broken', 'started, pid 7', 'well again'],
  );
});

test('what fails because of something that it needs is a part of that incident', () => {
  const story = new Story();
  story.bad('redis');
  story.look();
  story.bad('web');
  story.conditions['site'] = { name: 'unclear', reason: 'web fails' };
  story.look(1000);
  assert.deepEqual(story.told, ['opened #1 redis', 'updated #1 redis']);
  assert.deepEqual(story.incidents.open[0]?.suppressed, ['site']);
  story.conditions['redis'] = GOOD;
  story.look(1000);
  story.look(STEADY_MS);
  assert.equal(story.incidents.open.length, 1, 'web is not well yet');
  story.conditions['web'] = GOOD;
  story.look(1000);
  story.look(STEADY_MS);
  assert.equal(story.told.at(-1), 'closed #1 redis');
});

test('a cause that shows late takes the number that people know', () => {
  const story = new Story();
  story.bad('web');
  story.look();
  story.bad('worker');
  story.look(1000);
  assert.deepEqual(story.told, ['opened #1 web', 'opened #2 worker']);
  story.bad('redis');
  const effects = story.look(1000);
  assert.deepEqual(story.told.slice(2), ['closed #2 worker', 'updated #1 redis']);
  assert.equal(effects[0]?.incident.mergedInto, 1);
  assert.deepEqual(story.incidents.open[0]?.involved.map(({ name }) => name).toSorted(), ['redis', 'web', 'worker']);
});

test('a cause that shows in the same moment: nobody hears of more than one', () => {
  const story = new Story();
  for (const name of ['web', 'worker', 'redis']) story.bad(name);
  story.look();
  assert.deepEqual(story.told, ['opened #1 redis']);
});

test('what is not known opens nothing and closes nothing', () => {
  const story = new Story();
  story.conditions['redis'] = { name: 'unclear', reason: 'not observed' };
  story.look();
  assert.deepEqual(story.told, []);
  story.bad('redis');
  story.look(1000);
  story.conditions['redis'] = { name: 'unclear', reason: 'starting' };
  story.look(STEADY_MS * 10);
  assert.deepEqual(story.told, ['opened #1 redis']);
  assert.equal(story.incidents.open[0]?.recoveredAt, null);
});

test('a crash loop is one incident', () => {
  const story = new Story();
  for (let round = 0; round < 100; round += 1) {
    story.bad('redis');
    story.look(1000);
    story.conditions['redis'] = GOOD;
    story.look(STEADY_MS - 2000);
  }
  assert.deepEqual(story.told, ['opened #1 redis']);
  assert.equal(story.incidents.open[0]?.timeline.length, 100);
  assert.ok((story.incidents.open[0]?.omitted ?? 0) > 0);
});

test('what is not wanted any more is over at once, by the operator', () => {
  const story = new Story();
  story.bad('redis');
  story.look();
  story.conditions['redis'] = { name: 'off', reason: 'stopped by the operator' };
  const closed = story.look(1000)[0];
  assert.equal(closed?.type, 'closed');
  assert.equal(closed?.incident.by, 'operator');
});

test('a warning that becomes critical is told', () => {
  const story = new Story();
  const since = { mono: 0, wall: 0 };
  story.conditions['site'] = { name: 'trouble', severity: 'warning', reason: 'slow', since, failure: 'check' };
  story.look();
  assert.equal(story.incidents.open[0]?.severity, 'warning');
  story.bad('site');
  story.look(1000);
  assert.deepEqual(story.told, ['opened #1 site', 'updated #1 site']);
  assert.equal(story.incidents.open[0]?.severity, 'critical');
});

test('whatever happens: each failure is in exactly one open incident, causes are causes, all is closed once', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  const names = Object.keys(NEEDS);
  const step = fc.record({
    name: fc.constantFrom(...names),
    to: fc.constantFrom('good', 'unclear', 'off', 'trouble'),
    afterMs: fc.constantFrom(0, 1000, STEADY_MS / 2, STEADY_MS),
  });
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const story = new Story();
    const bad = (name: string): boolean => story.conditions[name]?.name === 'trouble';
    for (const { name, to, afterMs } of steps) {
      if (to === 'trouble') story.bad(name);
      else story.conditions[name] = to === 'good' ? GOOD : { name: to as 'off', reason: to };
      const before = JSON.stringify(story.incidents);
      const kept = story.incidents;
      story.look(afterMs);
      assert.equal(JSON.stringify(kept), before, 'the given incidents are not changed');
      for (const one of names.filter(bad)) {
        const holding = story.incidents.open.filter(({ involved }) =>
          involved.some((entry) => entry.name === one && entry.until === null),
        );
        assert.equal(holding.length, 1, `${one} is in ${holding.length} open incidents`);
      }
      const open = story.incidents.open.filter(({ involved }) => involved.some(({ until }) => until === null));
      for (const { cause } of open) {
        const deeper = open.filter((other) => NEEDS[cause]?.includes(other.cause) === true && bad(other.cause));
        assert.deepEqual(deeper, [], `${cause} is no root cause`);
      }
    }
    for (const name of names) story.conditions[name] = GOOD;
    story.look(1);
    story.look(STEADY_MS);
    assert.deepEqual(story.incidents.open, []);
    const of = (what: string): string[] =>
      story.told.filter((text) => text.startsWith(what)).map((text) => text.split(' ')[1] ?? '');
    assert.deepEqual(of('closed').toSorted(), of('opened').toSorted());
    assert.equal(new Set(of('opened')).size, of('opened').length);
  });
  fc.assert(property, { seed, numRuns: 500 });
});
