import type { Exit } from '@mainstay/protocol';
import type { FollowedLine } from './log-host.ts';

/** How something is that a manager runs. */
export interface Look {
  /** `between`: on its way up, nobody can tell yet whether it gets there; `restarting`: it ended, and its manager is about to start it again. */
  is: 'running' | 'between' | 'restarting' | 'down' | 'missing';
  /** Names its newest life; empty: it never had one. */
  life: string;
  /** Its main process on this machine; 0: none. */
  pid: number;
  /** When the newest life began, UTC ms. */
  startedAt: number;
  /** How its last life ended; null: not known. */
  exit: Exit | null;
  /** How often the manager restarted it by itself since it was last started on purpose. */
  restarts: number;
  /** The state in the manager's words, and why. */
  why: string;
  /** How to try to help, when it is missing or cannot be started. */
  hint: string | null;
  /** What of its configuration competes with mainstay, in words; null: nothing. */
  competes: string | null;
}

export type Order = { do: 'start' } | { do: 'stop'; graceMs: number } | { do: 'signal'; signal: string };

/** Runs services instead of mainstay: an engine of containers, or systemd. Whatever it refuses is an Error, in words. */
export interface Manager {
  /** What people call it. */
  readonly label: string;
  /** Rejects when nobody can tell. */
  look(name: string, signal: AbortSignal): Promise<Look>;
  /** Resolves when it was taken; what becomes of it is seen by looking. */
  order(name: string, order: Order, signal: AbortSignal): Promise<void>;
  /**
   * Says of which of them something happened, null: of any, and that it can be relied upon, once it can. Goes on until the signal;
   * rejects when it cannot.
   */
  follow(
    names: readonly string[],
    changed: (name: string | null) => void,
    reliable: () => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * What it writes behind a place, as it comes, while it runs. Resolves when it has ended and there is no more; rejects when it
   * cannot be read.
   */
  lines(
    name: string,
    from: string,
    take: (lines: readonly FollowedLine[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** The place of a moment, UTC ms. */
  placeOf(wall: number): string;
}
