import { agreementOf, isBad } from './agree.ts';
import type { Ballot, Claim, PeerBallot } from './types.ts';

/**
 * The claim of this monitor on one subject after a round of questions: to be called once the answers of all that answer are there. The
 * claim that was passed in must have been visible to the others before the round began.
 *
 * A monitor first shows that it wants to tell people, asks everybody again, and tells only if nobody else is about to or does it already:
 * of two that want to at the same time at least one sees the other. Then the one with the lower id goes on, once the other has drawn back.
 * So at most one of all monitors that can ask each other holds a claim. One that does not answer is waited for until it counts as silent
 * (see {@link PeerBallot.isFresh}); then the others go on without it: nobody is not told because a monitor is gone, and after a split of
 * the network each side may tell.
 *
 * @param own its own opinion and its claim so far
 * @param peers all others that do not count as silent
 */
export function nextClaim(id: string, own: Ballot, peers: readonly PeerBallot[]): Claim {
  const agreement = agreementOf([own.opinion, ...peers.map(({ opinion }) => opinion)]);
  if (own.claim === 'held') return agreement === 'up' ? 'none' : 'held';
  if (!isBad(own.opinion) || !isBad(agreement)) return 'none';
  const others = peers.filter(({ claim }) => claim !== 'none');
  if (own.claim === 'none') return others.length === 0 ? 'wanted' : 'none';
  if (others.some((peer) => peer.claim === 'held' || peer.id < id)) return 'none';
  return others.length === 0 && peers.every(({ isFresh }) => isFresh) ? 'held' : 'wanted';
}
