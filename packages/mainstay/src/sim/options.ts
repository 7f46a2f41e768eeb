import type { Tables } from '../core/coordinator/index.ts';
import type { Plan } from '../core/plan/index.ts';
import type { Daemon } from '../daemon/daemon.ts';
import type { Messenger } from '../ports/index.ts';
import type { PerEffect } from './deaths.ts';
import type { Violation } from './invariants.ts';
import type { Simulation } from './simulation.ts';

export interface SimOptions {
  seed: number;
  /** How many faults are injected before the quiet time. */
  faults: number;
  /** The system; drawn from the seed when not given. */
  plan?: Plan;
  /** The drawn system has checks of its own, whose targets have faults too. Without them a seed gives the run that it always gave. */
  checks?: boolean;
  /** Something else runs a part of the drawn system. Without it a seed gives the run that it always gave. */
  foreign?: boolean;
  tables?: Tables;
  /** What becomes of alerts; everything arrives when not given. */
  messenger?: Messenger;
  /** Puts a defect in, each time a daemon is about to begin: for tests of the invariants. */
  plant?: (simulation: Simulation, daemon: Daemon) => void;
  /** Told every journal line and every fault, for people who look into a failing seed. */
  trace?: (line: string) => void;
}

export interface SimResult {
  seed: number;
  faults: number;
  kinds: Record<string, number>;
  violations: Violation[];
  virtualMs: number;
  starts: number;
  daemonLives: number;
  /** Effects that were carried out, and deaths of the daemon after one. */
  effects: PerEffect;
  deaths: PerEffect;
}
