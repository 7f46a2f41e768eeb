import { MainstayError } from '@mainstay/protocol';
import type { Clock } from '../ports/index.ts';

/** How long an answer waits for the state disk, in ms: less than the command line waits for an answer. */
const DISK_PATIENCE_MS = 3_000;

/**
 * `work`, or after `patienceMs` an error: what waits for a disk must not keep a person waiting for ever.
 * @throws MainstayError `timeout` with `what`
 */
export function withDeadline<T>(
  work: Promise<T>,
  clock: Clock,
  what: string | (() => string),
  patienceMs = DISK_PATIENCE_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(patienceMs, () =>
      reject(
        new MainstayError('timeout', typeof what === 'string' ? what : what(), 'mainstay status says what is degraded'),
      ),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
