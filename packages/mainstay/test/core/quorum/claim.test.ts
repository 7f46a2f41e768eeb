/** Who of several monitors tells people: every combination of what is seen, and random courses of events between monitors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  agreementOf,
  heard,
  isBad,
  missed,
  newPeer,
  nextClaim,
  opinionOf,
  sightOf,
  standingOf,
  wantsAnswer,
  type Ballot,
  type Claim,
  type Opinion,
  type PeerBallot,
} from '../../../src/core/quorum/index.ts';

const OPINIONS: readonly Opinion[] = ['down', 'warn', 'up', 'none'];
const CLAIMS: readonly Claim[] = ['none', 'wanted', 'held'];
const seed = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };

const opinion = fc.constantFrom(...OPINIONS);
const claim = fc.constantFrom(...CLAIMS);
const peer = (id: string): fc.Arbitrary<PeerBallot> =>
  fc.record({ id: fc.constant(id), opinion, claim, isFresh: fc.boolean() });
const own: fc.Arbitrary<Ballot> = fc.record({ opinion, claim });

test('more than half of those who have a vote decide', () => {
  assert.equal(agreementOf([]), 'none');
  assert.equal(agreementOf(['none', 'none']), 'none');
  assert.equal(agreementOf(['down']), 'down');
  assert.equal(agreementOf(['down', 'none']), 'down');
  assert.equal(agreementOf(['down', 'up']), 'split');
  assert.equal(agreementOf(['down', 'down', 'up']), 'down');
  assert.equal(agreementOf(['down', 'up', 'up']), 'up');
  assert.equal(agreementOf(['down', 'warn', 'up']), 'warn');
  assert.equal(agreementOf(['warn', 'warn', 'down']), 'warn');
  assert.equal(agreementOf(['down', 'down', 'up', 'up']), 'split');
});

test('nothing is decided against more than half', () => {
  fc.assert(
    fc.property(fc.array(opinion, { maxLength: 7 }), (opinions) => {
      const votes = opinions.filter((one) => one !== 'none');
      const agreement = agreementOf(opinions);
      const ups = votes.filter((one) => one === 'up').length;
      if (isBad(agreement)) assert.ok(ups * 2 < votes.length);
      if (agreement === 'up') assert.ok(ups * 2 > votes.length);
      if (agreement === 'split') assert.equal(ups * 2, votes.length);
    }),
    seed,
  );
});

test('a state that nobody confirmed, or that time has passed over, is no vote', () => {
  const votes = (['idle', 'pending', 'pass', 'warn', 'fail', 'unknown'] as const).map((name) =>
    opinionOf({ name, fresh: false }),
  );
  assert.deepEqual(votes, ['none', 'none', 'up', 'warn', 'down', 'none']);
  assert.equal(opinionOf({ name: 'fail', fresh: true }), 'none');
});

test('whatever is seen: nobody begins to tell alone, against the others, or while another one does', () => {
  fc.assert(
    fc.property(own, peer('a'), peer('c'), (mine, a, c) => {
      const next = nextClaim('b', mine, [a, c]);
      assert.ok(CLAIMS.includes(next));
      const agreement = agreementOf([mine.opinion, a.opinion, c.opinion]);
      if (next === 'held' && mine.claim !== 'held') {
        assert.equal(mine.claim, 'wanted', 'it was shown to the others first');
        assert.ok(isBad(mine.opinion) && isBad(agreement));
        assert.ok([a, c].every((one) => one.isFresh && one.claim === 'none'));
      }
      if (mine.claim === 'held' && next !== 'held') assert.equal(agreement, 'up');
      if (next === 'wanted') assert.ok(a.claim === 'none', 'a has the lower id');
    }),
    seed,
  );
});

test('without others it takes one more look, and then it tells', () => {
  assert.equal(nextClaim('a', { opinion: 'down', claim: 'none' }, []), 'wanted');
  assert.equal(nextClaim('a', { opinion: 'down', claim: 'wanted' }, []), 'held');
  assert.equal(nextClaim('a', { opinion: 'up', claim: 'held' }, []), 'none');
  assert.equal(nextClaim('a', { opinion: 'none', claim: 'held' }, []), 'held');
});

test('what is told follows from the claim and from all', () => {
  const trouble = { severity: 'critical', subject: 'site' } as Parameters<typeof sightOf>[0];
  assert.equal(sightOf(trouble, 'held', 'down'), trouble);
  assert.equal(sightOf(trouble, 'none', 'down'), 'unsure');
  assert.equal(sightOf(trouble, 'wanted', 'down'), 'unsure');
  assert.equal(sightOf('well', 'held', 'down'), 'unsure');
  assert.equal(sightOf('unsure', 'held', 'split'), 'unsure');
  assert.equal(sightOf('well', 'none', 'split'), 'well');
  for (const claimed of CLAIMS) assert.equal(sightOf(trouble, claimed, 'up'), 'well');
});

test('a monitor that does not answer is waited for, and then counts no more', () => {
  const now = { mono: 5, wall: 5 };
  let known = newPeer('b');
  assert.deepEqual([standingOf(known), wantsAnswer(known)], ['new', true]);
  known = heard(known, { site: { opinion: 'up', claim: 'none' } });
  assert.deepEqual([standingOf(known), wantsAnswer(known)], ['present', false]);
  known = missed(missed(known, now), { mono: 9, wall: 9 });
  assert.deepEqual([standingOf(known), wantsAnswer(known), known.missedAt], ['doubtful', true, now]);
  known = missed(known, now);
  assert.deepEqual([standingOf(known), wantsAnswer(known)], ['silent', false]);
  assert.equal(standingOf(heard(known, {})), 'present');
});

/** Monitors that ask each other in rounds; the parts of rounds happen in any order. */
class Group {
  readonly ballots: Map<string, Ballot>;
  readonly #rounds = new Map<string, { waiting: string[]; heard: PeerBallot[] }>();

  constructor(ids: readonly string[]) {
    this.ballots = new Map(ids.map((id) => [id, { opinion: 'none', claim: 'none' }]));
  }

  sees(id: string, what: Opinion): void {
    this.ballots.set(id, { ...this.ballots.get(id)!, opinion: what });
  }

  /** One part of the round of `id`: it begins, hears one of the others, or ends. */
  step(id: string): void {
    const round = this.#rounds.get(id);
    if (round === undefined) {
      this.#rounds.set(id, { waiting: [...this.ballots.keys()].filter((other) => other !== id), heard: [] });
      return;
    }
    const other = round.waiting.shift();
    if (other !== undefined) {
      round.heard.push({ id: other, isFresh: true, ...this.ballots.get(other)! });
      return;
    }
    const mine = this.ballots.get(id)!;
    this.ballots.set(id, { ...mine, claim: nextClaim(id, mine, round.heard) });
    this.#rounds.delete(id);
  }

  holders(): string[] {
    return [...this.ballots].filter(([, one]) => one.claim === 'held').map(([id]) => id);
  }
}

test('of monitors that can ask each other never two tell people, and in the end one does', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const course = fc.array(fc.tuple(fc.constantFrom(...ids), fc.option(opinion, { freq: 6, nil: null })), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(course, fc.array(fc.nat(3), { minLength: 400, maxLength: 400 }), (events, rest) => {
      const group = new Group(ids);
      for (const [id, seen] of events) {
        if (seen !== null) group.sees(id, seen);
        group.step(id);
        assert.ok(group.holders().length <= 1, `${group.holders().join(' and ')} tell people`);
      }
      // Now it is down for everybody, and everybody goes on in any order.
      for (const id of ids) group.sees(id, 'down');
      for (const at of rest) {
        group.step(ids[at]!);
        assert.ok(group.holders().length <= 1);
      }
      for (let turn = 0; turn < 20; turn += 1)
        for (const id of ids) for (let part = 0; part < 5; part += 1) group.step(id);
      assert.equal(group.holders().length, 1, 'somebody tells people');
      for (const id of ids) group.sees(id, 'up');
      for (let turn = 0; turn < 4; turn += 1)
        for (const id of ids) for (let part = 0; part < 5; part += 1) group.step(id);
      assert.deepEqual(group.holders(), []);
    }),
    { numRuns: 300, ...seed },
  );
});
