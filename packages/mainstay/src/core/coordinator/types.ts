import type { Desired, EventType, Exit, Health, InstanceId, ObservationStatus } from '@mainstay/protocol';
import type { ObservedTree, ProcessEvent, RecordedExit, SpawnSpec } from '../world/index.ts';
import type { LogEvent, Now } from '../world/index.ts';
import type { CheckState } from '../check/index.ts';
import type { Beat, Ping } from '../heartbeat/beat.ts';
import type { Incidents } from '../incident/index.ts';
import type { HealthState } from '../health/index.ts';
import type { Life } from '../life/index.ts';
import type { Window, WindowState } from '../maintenance/index.ts';
import type { MemoryState } from '../memory/index.ts';
import type { CheckPlan, LoggingPlan, Plan, RemedyStep, ResourcesPlan, ServicePlan } from '../plan/index.ts';
import type { RemedyLevel, RemedyState } from '../remedy/index.ts';
import type { Roll } from '../rolling/index.ts';
import type { WatchdogState } from '../watchdog/index.ts';

/** What is kept of an instance, and stored as it is. */
export interface InstanceState {
  id: InstanceId;
  service: string;
  index: number;
  /** The plan it runs under; that of a service no longer in the plan stays until it is stopped. */
  plan: ServicePlan;
  life: Life;
  health: HealthState | null;
  watchdog: WatchdogState;
  memory: MemoryState;
  /** Of what something else runs: why nobody can tell how it is; null: it is seen. */
  hidden: string | null;
  /** What is done because of its healthcheck. */
  remedy: RemedyState;
  /** Why it is stopped and then forgotten; null: it belongs to the plan. */
  retired: string | null;
}

export interface ServiceState {
  plan: ServicePlan;
  desired: Desired;
  instances: InstanceId[];
}

/** A check that belongs to no service. */
export interface CheckWatch {
  plan: CheckPlan;
  state: CheckState;
  /** For each of its thresholds, whether it is exceeded. */
  over: boolean[];
  /** What the newest run said; null: none yet. */
  last: CheckResult | null;
  /** What jobs have reported to it, where they can. */
  beat?: Beat;
  /** What is done because of it. */
  remedy: RemedyState;
}

export interface CheckResult {
  status: ObservationStatus;
  message: string;
  latencyMs: number;
  /** UTC ms. */
  at: number;
}

/** What is stored of a check. */
export type StoredCheck = Omit<CheckWatch, 'plan' | 'remedy'> & {
  name: string;
  remedy?: RemedyState;
  /** The last sign of life of the daemon that stored it, UTC ms; null: none is known. */
  seen?: number | null;
};

/** A job reports to a check. */
export interface Pinged extends Ping {
  type: 'pinged';
  check: string;
}

/** What one run of a check saw. */
export interface CheckObserved {
  type: 'check-observed';
  check: string;
  run: number;
  status: ObservationStatus;
  message: string;
  latencyMs: number;
  data?: Readonly<Record<string, number | string>> | undefined;
}

/** What another daemon stored, and what is seen now. */
export interface Boot {
  type: 'boot';
  /** Stored lives and the healths that belonged to them. */
  stored: { id: InstanceId; life: Life; health: HealthState | null; remedy?: RemedyState }[];
  checks: StoredCheck[];
  /** Null: none were ever stored. */
  incidents: Incidents | null;
  intents: Readonly<Record<string, Desired>>;
  windows: Window[];
  /** Rolling reloads that were under way. */
  rolls: Roll[];
  trees: ObservedTree[];
  exits: RecordedExit[];
  sameBoot: boolean;
  /** `down`: an orderly end had begun; it goes on. */
  goal: 'up' | 'down';
}

export type Command =
  | { type: 'start'; services: string[]; reason: string }
  | { type: 'stop'; services: string[]; now: boolean; reason: string }
  | { type: 'restart'; services: string[]; reason: string; planned?: boolean }
  /** Rolling: the instances of the services, whose plans are given, are replaced one by one. */
  | { type: 'reload'; services: ServicePlan[]; reason: string }
  | { type: 'down'; now: boolean; reason: string }
  | { type: 'apply'; plan: Plan; restart: string[]; reason: string }
  | { type: 'maintain'; window: Window }
  | { type: 'end-maintenance'; id: string };

export type CoordinatorEvent =
  | Boot
  /** People were told of these services and checks, or could not be, or answered. */
  | { type: 'told'; subjects: readonly string[]; text: string }
  | Command
  | ProcessEvent
  | LogEvent
  | {
      type: 'observed';
      instance: InstanceId;
      incarnation: number;
      run: number;
      status: ObservationStatus;
      message: string;
    }
  | CheckObserved
  | Pinged
  /** What another layer says of what a remedy (a check, or the id of an instance) would restart. */
  | { type: 'second-layer'; subject: string; seq: number; word: 'broken' | 'silent'; text: string }
  /** A step that the daemon took is over; `text`: what came of it. */
  | {
      type: 'remedy-done';
      subject: string;
      seq: number;
      ok: boolean;
      text: string;
      data: Readonly<Record<string, unknown>>;
    }
  /** An operator asks for what would be done about it now. */
  | { type: 'repair'; subject: string; level: RemedyLevel }
  /** What a tree uses whose limit of memory the kernel does not hold. */
  | { type: 'measured'; instance: InstanceId; incarnation: number; bytes: number }
  /** The kernel killed processes of a tree that lives on; `limit` is its own, if that was reached. */
  | { type: 'oom-killed'; instance: InstanceId; incarnation: number; kills: number; limit: number | null }
  /** `due`: monotonic ms at which it should have rung. */
  | { type: 'timer'; key: TimerKey; due: number }
  /** Reloads up to this number are on the disk. */
  | { type: 'rolls-stored'; seq: number }
  /** The plan that a reload ended with is where the next daemon finds it. */
  | { type: 'plan-kept'; service: string; seq: number }
  /** Time that was not observed (the host slept, or the loop stood still): watches begin afresh. */
  | { type: 'gap'; ms: number }
  /** The wall clock was set. */
  | { type: 'clock-stepped'; byMs: number };

/** `life:backend/0:7`, `probe:backend/0`, `watchdog:backend/0`, `budget`, `window:ID`, `roll:backend`, `check:NAME`, `incidents`. */
export type TimerKey = string;

export type Effect =
  | { type: 'spawn'; spec: SpawnSpec }
  | { type: 'signal'; instance: InstanceId; incarnation: number; signal: string; scope: 'leader' | 'tree' }
  | { type: 'kill'; instance: InstanceId; incarnation: number }
  | { type: 'adopt'; tree: ObservedTree; keepExit: boolean }
  /** Something else runs it: it is to be looked at from now on. */
  | { type: 'watch'; instance: InstanceId; service: ServicePlan }
  | { type: 'unwatch'; instance: InstanceId }
  | { type: 'limit'; instance: InstanceId; incarnation: number; resources: ResourcesPlan }
  | { type: 'forget'; instance: InstanceId; incarnation: number }
  | { type: 'arm'; key: TimerKey; afterMs: number }
  | { type: 'disarm'; key: TimerKey }
  | { type: 'probe'; instance: InstanceId; incarnation: number; run: number }
  | { type: 'cancel-probe'; instance: InstanceId }
  | { type: 'run-check'; check: string; run: number }
  | { type: 'cancel-check'; check: string }
  /** One run of a check, for its log. */
  | { type: 'checked'; check: string; kind: string; status: ObservationStatus; latencyMs: number; message: string }
  /** Answered by `second-layer`, soon, whatever happens. `remedy`: a check, or the id of an instance. */
  | { type: 'ask-second-layer'; remedy: string; seq: number; step: RemedyStep }
  /** Answered by `remedy-done`. `dry`: only what would be done is found out. */
  | { type: 'take-step'; remedy: string; seq: number; step: Extract<RemedyStep, { do: 'run' | 'clean' }>; dry: boolean }
  | { type: 'save-check'; check: string }
  | { type: 'drop-check'; check: string }
  | { type: 'save-incidents' }
  | { type: 'log-open'; instance: InstanceId; service: string; logging: LoggingPlan }
  | { type: 'log-begin'; instance: InstanceId; incarnation: number }
  | { type: 'log-watch'; instance: InstanceId; pattern: string | null }
  | { type: 'log-drain'; instance: InstanceId }
  | { type: 'log-configure'; instance: InstanceId; logging: LoggingPlan }
  | { type: 'log-close'; instance: InstanceId }
  | { type: 'record'; event: Recorded }
  /** A failure that other tools are told of: process_status.json. */
  | {
      type: 'failure';
      instance: InstanceId;
      incarnation: number;
      exit: Exit | null;
      reason: string;
      /** When the incarnation that failed was started. */
      startedAt: Now | null;
    }
  | { type: 'save'; instance: InstanceId }
  | { type: 'remove'; instance: InstanceId }
  | { type: 'intent'; service: string; desired: Desired }
  | { type: 'save-window'; window: Window }
  | { type: 'drop-window'; id: string }
  /** Writes the rolling reloads down; `confirm`: answered by `rolls-stored` with this number. */
  | { type: 'save-rolls'; confirm: number | null }
  /** The plan changed by itself (a reload ended well): kept, and answered by `plan-kept`. */
  | { type: 'keep-plan'; plan: Plan; service: string; seq: number }
  /** An orderly end is complete: nothing of the project runs. */
  | { type: 'all-down' };

export interface Recorded {
  type: EventType;
  instance: InstanceId | null;
  incarnation: number | null;
  message: string;
  data: Readonly<Record<string, unknown>>;
}

/** The whole state of the decisions. */
export interface World {
  plan: Plan;
  services: Map<string, ServiceState>;
  instances: Map<InstanceId, InstanceState>;
  checks: Map<string, CheckWatch>;
  incidents: Incidents;
  /** When they were last asked to be looked at again, monotonic ms. */
  incidentsDue: number | null;
  windows: Map<string, WindowState>;
  /** Rolling reloads by service, in the order in which they were asked for; the first one is under way. */
  rolls: Map<string, Roll>;
  /** Number of the newest. */
  rollSeq: number;
  /** When each was last asked to be looked at again, monotonic ms. */
  rollTimers: Map<string, number>;
  /** Monotonic ms of restarts nobody asked for. */
  budget: readonly number[];
  budgetTimer: boolean;
  /** When the daemon last woke from standing still, monotonic ms. */
  wokeAt: number;
  goal: 'up' | 'down';
  /** An orderly end that does not wait for grace periods. */
  hurry: boolean;
  /** Trees of older incarnations that still live: nothing new is started until they are gone. */
  purging: Map<InstanceId, Set<number>>;
}

export type { Health };
