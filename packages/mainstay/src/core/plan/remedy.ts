import type { Ms, Template } from './types.ts';

/** One thing to do because of a check. */
export type RemedyStep =
  /** Services by name; none: the instance whose healthcheck it is. */
  | { do: 'restart'; services: string[] }
  /** The main process of each instance of a service; null: of the instance whose healthcheck it is. */
  | { do: 'signal'; service: string | null; signal: string }
  /** An argument array, never given to a shell. `workingDirectory` is absolute. */
  | { do: 'run'; command: Template[]; user: string | null; workingDirectory: string; timeout: Ms }
  /**
   * Deletes regular files in a directory (relative to mainstay.yaml) that nobody has changed for this long. `own`: it is
   * that of the check, which also says which files (`match`) and whether those below it count (`recursive`).
   */
  | { do: 'clean'; path: Template; own: boolean; olderThan: Ms; match: string | null; recursive: boolean };

/** What is done because of a check, in this order, before people are told. */
export interface RemedyPlan {
  fail: RemedyStep[];
  warn: RemedyStep[];
  /** It is only said what would be done. */
  dryRun: boolean;
}
