import type { LineSink, ServiceEnvironment } from '../daemon/ports.ts';
import type { MonitorPlan } from '../core/plan/monitor.ts';
import type { Ballots } from '../core/quorum/index.ts';
import type { Saved } from './saved.ts';
import type { Clock, Messenger, Prober, Random } from '../ports/index.ts';

/** A question to another monitor. */
export interface Question {
  url: string;
  key: string;
  /** Who asks. */
  from: string;
  /** Subjects in doubt: the other one looks again at once. */
  about: readonly string[];
}

/** What another monitor says; or in words why nothing of it can be used. */
export type Answer = { ballots: Ballots } | { why: string };

/** What runs and reaches out, for the monitor and for `mainstay monitor --test`. */
export interface Reach {
  clock: Clock;
  prober: Prober;
  messenger: Messenger;
  /** The environment of programs, and how references are looked up. Never throws. */
  environment(): ServiceEnvironment;
  /** Never rejects, and answers soon. */
  ask(question: Question): Promise<Answer>;
  /** A moment (UTC ms) in local time: 0 is Sunday; minutes after midnight. */
  localTime(wall: number): { day: number; minute: number };
}

/** The world, as the monitor needs it. */
export interface MonitorPorts extends Reach {
  random: Random;
  /** Reports in; null: it arrived, otherwise why not. Never rejects. */
  beat(url: string): Promise<string | null>;
  /** Replaces what is stored. Resolves when it is on the disk, rejects when it cannot be. */
  save(text: string): Promise<void>;
  /** monitor.log */
  log: LineSink;
  /** How checks stood: a JSON object a line. */
  history: LineSink;
  pid: number;
  version: string;
}

/** The program behind `mainstay monitor`. */
export interface MonitorProgram extends Reach {
  /**
   * Monitors until it is told to end; resolves with the exit code.
   * @param stateDir absolute; made if it is not there
   * @param say tells whoever started it that it runs
   * @throws MainstayError `already-running`, `state-directory`, `config` when a variable has no value
   */
  run(plan: MonitorPlan, stateDir: string, say: (line: string) => void): Promise<number>;
  /**
   * What the monitor of a state directory has stored; null: nothing.
   * @throws MainstayError `state-directory` when it cannot be read
   */
  stored(stateDir: string): Saved | null;
}
