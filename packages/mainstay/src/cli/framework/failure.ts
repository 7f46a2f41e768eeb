import { EXIT, MainstayError } from '@mainstay/protocol';
import type { Io } from './types.ts';

/** Several things that are wrong at once, each said like an error of its own. */
export class SeveralErrors extends MainstayError {
  readonly each: readonly MainstayError[];

  constructor(each: readonly [MainstayError, ...MainstayError[]]) {
    super(each[0].code, each[0].message, each[0].hint);
    this.each = each;
  }
}

/**
 * Says what went wrong, and returns the exit code. With `json` the error goes to standard output as
 * `{ "error": { code, message, hint } }`, with `errors` when there are several.
 */
export function reportFailure(error: unknown, io: Io, json: boolean, verbose: boolean): number {
  const known = error instanceof MainstayError ? error : null;
  const each = known instanceof SeveralErrors ? known.each : known === null ? [] : [known];
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    const first = known?.toJSON() ?? { code: 'internal', message, hint: null };
    const body = each.length > 1 ? { error: first, errors: each.map((one) => one.toJSON()) } : { error: first };
    io.out(`${JSON.stringify(body, null, 2)}\n`);
  } else if (known === null) {
    io.err(`mainstay: cannot go on: ${message}\n  this is a defect in mainstay${verbose ? '' : '; -v says where'}\n`);
  } else {
    for (const one of each) io.err(`mainstay: ${one.message}\n${one.hint === null ? '' : `  try: ${one.hint}\n`}`);
  }
  if (verbose && error instanceof Error) {
    if (known === null) io.err(`${error.stack ?? ''}\n`);
    for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
      io.err(`  because: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    }
  }
  return known?.exitCode ?? EXIT.failed;
}
