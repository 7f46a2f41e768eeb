import type { HangEvidence, Identity } from '@mainstay/protocol';

/** What another layer is asked before something is restarted because of a check. */
export interface SecondLayerQuestion {
  /** Where it should answer; null: at no address that is known. */
  address: { host: string; port: number } | null;
  /** false: connecting is what the check itself does; only who listens is looked at. */
  connects: boolean;
  /** Main processes of what would be restarted. */
  processes: readonly Identity[];
}

/** `silent`: it found nothing wrong, or there was nothing to ask. */
export interface SecondLayerAnswer {
  word: 'broken' | 'silent';
  /** What was found, in a line. */
  text: string;
  evidence: HangEvidence;
}

/** A program to run because of a check. */
export interface RemedyRun {
  /** For people. */
  program: string;
  /** An argument array; the words before it that change the user are in it. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  workingDirectory: string;
  timeoutMs: number;
}

export interface CleanJob {
  /** Absolute. */
  path: string;
  /** Only files whose name contains this text, or matches it when it is written as `/…/`; null: all. */
  match: string | null;
  recursive: boolean;
  /** What was changed within this time stays, ms. */
  olderThanMs: number;
  /** Only what would be deleted is found out. */
  dry: boolean;
  /** Absolute directories: of mainstay.yaml, which nothing that is cleaned may hold, and of the state, which it may not be in either. */
  project: string;
  state: string;
}

/** What came of an action. */
export interface StepResult {
  ok: boolean;
  /** In a line. */
  text: string;
  /** For programs and the journal; bounded. */
  data: Readonly<Record<string, unknown>>;
}

/** Does what remediation needs of the world. Nothing rejects: what goes wrong is a result. */
export interface RemedyHost {
  ask(question: SecondLayerQuestion): Promise<SecondLayerAnswer>;
  run(job: RemedyRun): Promise<StepResult>;
  clean(job: CleanJob): Promise<StepResult>;
}
