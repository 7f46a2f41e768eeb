import type { Now } from '../world/index.ts';
import type { Ballots, Peer, Standing } from './types.ts';

/** Questions in a row without an answer after which a monitor counts no more. */
const SILENT_AFTER = 3;

export function newPeer(id: string): Peer {
  return { id, wasAsked: false, failures: 0, missedAt: null, ballots: {} };
}

export function heard(peer: Peer, ballots: Ballots): Peer {
  return { ...peer, wasAsked: true, failures: 0, missedAt: null, ballots };
}

export function missed(peer: Peer, now: Now): Peer {
  return { ...peer, wasAsked: true, failures: peer.failures + 1, missedAt: peer.missedAt ?? now };
}

export function standingOf({ wasAsked, failures }: Peer): Standing {
  if (!wasAsked) return 'new';
  if (failures === 0) return 'present';
  return failures < SILENT_AFTER ? 'doubtful' : 'silent';
}

/** Whether it should be asked again soon. */
export function wantsAnswer(peer: Peer): boolean {
  const standing = standingOf(peer);
  return standing === 'new' || standing === 'doubtful';
}
