import type { Exit, Identity } from '@mainstay/protocol';
import { alive, beginStop, endedFor, enter, leaderGone, settle, tried, type Moved } from './moves.ts';
import { newLife } from './machine.ts';
import type { After, Life, LifeContext } from './types.ts';

/** What is seen of an instance when a daemon starts. */
export interface Seen {
  /** The living leader of its newest tree. */
  leader: { incarnation: number; identity: Identity } | null;
  /** What a waiting parent wrote down while nobody was there. */
  exit: { incarnation: number; exit: Exit } | null;
  /** The stored life is of this boot: its monotonic times and processes mean something. */
  sameBoot: boolean;
}

const UNKNOWN_EXIT: Exit = { code: null, signal: null, known: false };

/**
 * Goes on with an instance after another daemon's death: what is desired comes from the store, what
 * lives comes from what is seen. No effect of the old daemon is done again.
 */
export function restoreLife(stored: Life | null, seen: Seen, context: LifeContext): Moved {
  const known = stored ?? newLife(context.now);
  // Of another boot only the numbers go on; what is seen now may still be of a daemon of this boot that wrote nothing down.
  const base = seen.sameBoot
    ? known
    : { ...newLife(context.now), incarnation: known.incarnation, lastExit: known.lastExit, seq: known.seq };
  if (seen.leader !== null) return restoreLiving(base, seen.leader, context);
  return restoreDead(base, seen.exit, context);
}

function restoreLiving(base: Life, leader: NonNullable<Seen['leader']>, context: LifeContext): Moved {
  const known = leader.incarnation === base.incarnation;
  const life: Life = {
    ...(known ? base : launchedSince(base, context)),
    incarnation: leader.incarnation,
    identity: leader.identity,
    startedAt: known && base.startedAt !== null ? base.startedAt : context.now,
    readyAt: known ? base.readyAt : null,
    adopted: true,
    timer: null,
  };
  if (known && (base.phase === 'stopping' || base.phase === 'unkillable')) {
    const after: After = base.after ?? { do: 'stop' };
    return beginStop(life, after, false, base.reason ?? 'stopping', context);
  }
  if (known && (base.phase === 'ready' || base.readyAt !== null)) {
    return enter(life, 'ready', context, { reason: null, set: { readyAt: base.readyAt ?? context.now.mono } });
  }
  return alive(life, context);
}

/** An incarnation newer than the stored life: what had given up was in its trial. */
function launchedSince(base: Life, context: LifeContext): Life {
  return base.restart.name === 'open' ? { ...base, restart: tried(base, context) } : base;
}

function restoreDead(base: Life, recorded: Seen['exit'], context: LifeContext): Moved {
  const life: Life = { ...base, timer: null };
  if (recorded !== null && recorded.incarnation > base.incarnation) {
    // It was started and ended before the old daemon could write either down.
    const launched = launchedSince(life, context);
    return leaderGone({ ...launched, incarnation: recorded.incarnation, readyAt: null }, recorded.exit, 0, context);
  }
  const exit = recorded !== null && recorded.incarnation === base.incarnation ? recorded.exit : null;
  switch (base.phase) {
    case 'starting':
      // The launcher leaves an identity before it runs anything: without one, nothing ran.
      if (exit === null) return enter(life, 'waiting', context, { reason: base.reason, set: { identity: null } });
      return leaderGone(life, exit, 0, context);
    case 'running':
    case 'ready':
      return leaderGone(life, exit ?? UNKNOWN_EXIT, 0, context);
    case 'stopping':
    case 'unkillable': {
      const after: After = base.after ?? { do: 'stop' };
      const ended = exit === null ? null : endedFor(after, exit);
      const told = ended === null ? life : { ...life, lastExit: { ...ended, at: context.now.wall } };
      const next = after.do === 'account' && after.exit === null ? { ...after, exit: ended } : after;
      return settle(told, next, context);
    }
    case 'backoff':
    case 'cooldown': {
      const purpose = base.phase;
      const afterMs = Math.max(0, (base.timer?.due ?? 0) - context.now.mono);
      return enter(life, purpose, context, { reason: base.reason, timer: { purpose, afterMs } });
    }
    case 'stopped':
    case 'waiting':
    case 'fatal':
    case 'completed':
      return { state: life, effects: [] };
  }
}
