import type { Exit } from '@mainstay/protocol';
import type { ServicePlan } from '../plan/index.ts';

export type Verdict =
  /** It did what it was for; nothing more to do. */
  | 'completed'
  /** It failed and is tried again, as the restart policy allows. */
  | 'retry'
  /** It failed and is not tried again by itself. */
  | 'fatal';

/** `true` when this exit is a success by itself: code 0, or one that the plan calls a success. */
function isSuccess(service: ServicePlan, exit: Exit): boolean {
  if (!exit.known || exit.signal !== null || exit.code === null) return false;
  return exit.code === 0 || service.restartPolicy.successExitCodes.includes(exit.code);
}

/**
 * The verdict on the end of an incarnation that nobody asked to stop.
 * @param killed mainstay ended it because it hung: then its exit code says nothing
 */
export function verdict(service: ServicePlan, exit: Exit | null, killed: boolean): Verdict {
  const told = exit !== null && !killed;
  if (told && exit.known && exit.code !== null && service.restartPolicy.fatalExitCodes.includes(exit.code))
    return 'fatal';
  const success = told && isSuccess(service, exit);
  if (service.type === 'task') {
    if (success) return 'completed';
    return service.restart === 'no' ? 'fatal' : 'retry';
  }
  switch (service.restart) {
    case 'no':
      return success ? 'completed' : 'fatal';
    case 'on-failure':
      return success ? 'completed' : 'retry';
    case 'always':
    case 'unless-stopped':
      return 'retry';
  }
}
