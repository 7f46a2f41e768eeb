import type { Identity } from '@mainstay/protocol';
import { isAlive } from '../proc/index.ts';

/** Signals after which a stopped process must not be woken. */
const WITHOUT_CONTINUE: ReadonlySet<string> = new Set([
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGKILL',
  'SIGCONT',
]);

/** glibc's SIGRTMIN; the two below it are its own. */
const FIRST_REALTIME = 34;

/**
 * Sends a signal to exactly this process: its identity is read right before, and in doubt nothing is sent.
 * A stopped process is woken, or it would never act on the signal. False when it is gone or refused.
 */
export function sendSignal(target: Identity, signal: string): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(target.pid, signalNumber(signal));
    if (!WITHOUT_CONTINUE.has(signal)) process.kill(target.pid, 'SIGCONT');
    return true;
  } catch {
    // Gone meanwhile, not permitted, or no such signal: what was to happen is seen not to happen.
    return false;
  }
}

/** Realtime signals have names that Node does not know. */
function signalNumber(signal: string): NodeJS.Signals | number {
  const realtime = /^SIGRTMIN(?:\+(\d+))?$/.exec(signal);
  return realtime === null ? (signal as NodeJS.Signals) : FIRST_REALTIME + Number(realtime[1] ?? 0);
}
