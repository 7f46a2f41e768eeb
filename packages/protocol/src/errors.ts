/** Stable codes of everything that mainstay refuses or fails to do. */
export const ERROR_CODES = {
  usage: 'wrong usage of a command',
  config: 'mainstay.yaml is missing or has errors',
  'no-daemon': 'no daemon is running for this project',
  'already-running': 'a daemon already runs for this project',
  'unknown-service': 'the named service is not in mainstay.yaml',
  'unknown-check': 'the named check is not in mainstay.yaml',
  'unknown-notifier': 'the named notifier is not in mainstay.yaml',
  'port-taken': 'a port that a service needs is held by another process',
  'spawn-failed': 'a program could not be started',
  'dependency-failed': 'a dependency gave up',
  'state-directory': 'the state directory cannot be used',
  'store-newer': 'the store was written by a newer version',
  'store-corrupt': 'the store is damaged',
  'not-found': 'nothing is known by that address',
  timeout: 'something did not happen in time',
  'upgrade-failed': 'a new version could not take over; the old one runs again',
  unauthorized: 'a request over the network has no key, or one that nobody knows',
  forbidden: 'a key does not allow what was asked for, or nobody may ask for it over the network',
  refused: 'the request makes no sense in the present state',
  internal: 'a defect in mainstay',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit codes of the command line (`check` answers 0/1/2/3 as monitoring plugins do). */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Codes of what is wrong in the command line or the file. */
const USAGE: ReadonlySet<ErrorCode> = new Set([
  'usage',
  'config',
  'unknown-service',
  'unknown-check',
  'unknown-notifier',
]);

/** An error a person sees: what could not be done, why, and what to try. */
export class MainstayError extends Error {
  readonly code: ErrorCode;
  /** What to try, as an imperative sentence without a full stop; null when there is nothing to try. */
  readonly hint: string | null;

  /**
   * @param what "cannot …": what could not be done and why, on one line
   * @param hint what to try
   */
  constructor(code: ErrorCode, what: string, hint: string | null = null, options?: { cause?: unknown }) {
    super(what, options);
    this.name = 'MainstayError';
    this.code = code;
    this.hint = hint;
  }

  /** The process exit code that this error asks for. */
  get exitCode(): number {
    return USAGE.has(this.code) ? EXIT.usage : EXIT.failed;
  }

  toJSON(): { code: ErrorCode; message: string; hint: string | null } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}
