import type { Now } from '../world/index.ts';

/** What one monitor thinks of one subject, confirmed; `none`: it knows nothing, and has no vote. */
export type Opinion = 'down' | 'warn' | 'up' | 'none';

/**
 * Who tells people about a subject. `wanted`: this monitor is about to, unless another one wants to as well or does already. `held`: it
 * does, and its recovery too.
 */
export type Claim = 'none' | 'wanted' | 'held';

/** What one monitor says to the others about one subject. */
export interface Ballot {
  opinion: Opinion;
  claim: Claim;
}

/** By the name of the subject: a check, or `monitor ID`. */
export type Ballots = Readonly<Record<string, Ballot>>;

/** What is known of another monitor's ballot now. */
export interface PeerBallot extends Ballot {
  id: string;
  /** It answered in the round that has just ended; otherwise this is what it said last. */
  isFresh: boolean;
}

/** What those who have a vote say together; `split`: as many say that it is up as that it is not. */
export type Agreement = 'down' | 'warn' | 'up' | 'split' | 'none';

/**
 * `new`: not asked yet; `present`: it answered last time; `doubtful`: not last time, which may be chance; `silent`: it counts no more.
 */
export type Standing = 'new' | 'present' | 'doubtful' | 'silent';

/** What is remembered of another monitor. */
export interface Peer {
  id: string;
  wasAsked: boolean;
  /** Questions in a row that it did not answer. */
  failures: number;
  /** Of the first of these. */
  missedAt: Now | null;
  /** Its newest answer. */
  ballots: Ballots;
}
