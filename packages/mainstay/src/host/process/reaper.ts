import { sameIdentity, type Exit } from '@mainstay/protocol';
import type { Clock, ProcessEvent, Timer } from '../../ports/index.ts';
import { isAlive } from '../proc/index.ts';
import type { RunFiles } from './files.ts';
import { endOf } from './memory.ts';
import { sendSignal } from './signals.ts';
import { emptyByGroup, membersOf, membersOfAll, type Tree } from './tree.ts';

/** How often the leader of an adopted tree is looked at, ms: its end makes no noise. */
const ADOPTED_POLL_MS = 200;
/** A waiting parent writes its record within this time after the end of the program, ms. */
const RECORD_GRACE_MS = 2000;
/** What is left of a tree is looked for at first after, and at last every, ms. */
const LEFTOVER_POLL_MS = { first: 20, last: 1000 };
/** A kill is repeated at first after, at last every, and for this long; a waiting parent is spared for so long; ms. */
const KILL_MS = { first: 20, last: 250, for: 5000, spares: 1000 };

/** Follows trees to their end. */
export interface Reaper {
  /** The leader has ended like this. */
  ended(tree: Tree, exit: Exit): void;
  /** The leader is nobody's child here: looks at it until it ends. */
  follow(tree: Tree): void;
  /** Kills every member until none is left or the time is over; its end is reported whenever it comes. */
  kill(tree: Tree): void;
  /** Stops every timer. */
  close(): void;
}

export function createReaper(clock: Clock, files: RunFiles, emit: (event: ProcessEvent) => void): Reaper {
  const timers = new Set<Timer>();
  const awaited = new Map<Tree, Timer>();
  const followed = new Map<Tree, { goneSince: number | null }>();
  let ending: { tree: Tree; exit: Exit }[] = [];
  let following: Timer | null = null;
  let closed = false;

  const later = (delayMs: number, run: () => void): Timer => {
    const timer = clock.after(delayMs, () => {
      timers.delete(timer);
      if (!closed) run();
    });
    timers.add(timer);
    return timer;
  };

  const report = (tree: Tree, exit: Exit, remaining: number): void => {
    tree.phase = remaining === 0 ? 'over' : 'leftover';
    const { instance, incarnation } = tree;
    emit({ type: 'exited', instance, incarnation, exit: endOf(tree, exit), remaining });
    if (remaining > 0) awaitEmpty(tree, LEFTOVER_POLL_MS.first);
  };

  const awaitEmpty = (tree: Tree, delayMs: number): void => {
    awaited.get(tree)?.cancel();
    const timer = later(delayMs, () => {
      awaited.delete(tree);
      if (tree.phase !== 'leftover') return;
      if (emptyByGroup(tree) === true || membersOf(tree).length === 0) {
        tree.phase = 'over';
        emit({ type: 'emptied', instance: tree.instance, incarnation: tree.incarnation });
      } else awaitEmpty(tree, Math.min(delayMs * 1.5, LEFTOVER_POLL_MS.last));
    });
    awaited.set(tree, timer);
  };

  /** One pass over /proc serves all that ended in this turn of the loop; it must come after the last end. */
  const search = (): void => {
    const batch = ending;
    ending = [];
    if (closed) return;
    const members = membersOfAll(batch.map(({ tree }) => tree));
    for (const { tree, exit } of batch) report(tree, exit, members.get(tree)?.length ?? 0);
  };

  const ended = (tree: Tree, exit: Exit): void => {
    if (tree.phase === 'leftover' || tree.phase === 'over') return;
    tree.phase = 'leftover';
    if (emptyByGroup(tree) === true) {
      report(tree, exit, 0);
      return;
    }
    if (ending.length === 0) setImmediate(search);
    ending.push({ tree, exit });
  };

  const look = (): void => {
    following = null;
    for (const [tree, seen] of followed) {
      if (tree.keepExit && tree.waiter === null) distinguishWaiter(tree);
      if (tree.phase !== 'running') followed.delete(tree);
      else if (tree.leader === null || !isAlive(tree.leader)) {
        const exit = foreignExit(tree, seen);
        if (exit === null) continue;
        followed.delete(tree);
        ended(tree, exit);
      }
    }
    if (followed.size > 0) following = later(ADOPTED_POLL_MS, look);
  };

  /** Adopted before its program was there, a tree takes the waiting parent for its leader. */
  const distinguishWaiter = (tree: Tree): void => {
    const record = files.identity(tree.instance, tree.incarnation);
    if (record?.waiter == null || tree.leader === null || !sameIdentity(record.waiter, tree.leader)) return;
    tree.waiter = record.waiter;
    tree.leader = record.leader;
  };

  /** How somebody else's child ended; null while its waiting parent may still tell. */
  const foreignExit = (tree: Tree, seen: { goneSince: number | null }): Exit | null => {
    // First whether the parent lives, then its record: the other way round it could write it and end in between.
    const waiting = tree.waiter !== null && isAlive(tree.waiter);
    const recorded = tree.keepExit ? files.exit(tree.instance, tree.incarnation) : null;
    if (recorded !== null) return recorded;
    seen.goneSince ??= clock.now().mono;
    if (waiting && clock.now().mono - seen.goneSince < RECORD_GRACE_MS) return null;
    return { code: null, signal: null, known: false };
  };

  const strike = (tree: Tree, delayMs: number): void => {
    if (tree.phase === 'over' || tree.killUntil === null) return;
    if (tree.leader !== null) sendSignal(tree.leader, 'SIGKILL');
    else if (tree.waiter !== null) sendSignal(tree.waiter, 'SIGKILL');
    // At first a waiting parent is spared, so that it can write down how the program ended.
    const spared = tree.waiter !== null && clock.now().mono < tree.killUntil - KILL_MS.for + KILL_MS.spares;
    const atOnce = !spared && tree.group?.kill() === true;
    const left = atOnce ? [] : membersOf(tree);
    for (const member of left) sendSignal(member, 'SIGKILL');
    const again = left.length > 0 || emptyByGroup(tree) === false;
    if (again && clock.now().mono < tree.killUntil) {
      later(delayMs, () => strike(tree, Math.min(delayMs * 1.5, KILL_MS.last)));
    }
  };

  return {
    ended,
    follow(tree) {
      followed.set(tree, { goneSince: null });
      following ??= later(0, look);
    },
    kill(tree) {
      tree.killUntil = clock.now().mono + KILL_MS.for;
      strike(tree, KILL_MS.first);
      if (tree.phase === 'leftover') awaitEmpty(tree, LEFTOVER_POLL_MS.first);
    },
    close() {
      closed = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}
