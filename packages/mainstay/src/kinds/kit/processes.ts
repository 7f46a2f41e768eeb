import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LiveProcess, readProcess } from './process.ts';

/** Processes that are looked at in one turn of the loop. */
const AT_ONCE = 20;

/** Everything that lives, as far as /proc shows it. Reads in parts, so that the loop goes on. Rejects with the reason of the signal. */
export async function listProcesses(signal: AbortSignal): Promise<LiveProcess[]> {
  const found: LiveProcess[] = [];
  await inParts(processNumbers(), signal, (pid) => {
    const one = readProcess(pid);
    if (one !== null) found.push(one);
  });
  return found;
}

/** Does something for each, some in each turn of the loop. Rejects with the reason of the signal. */
export async function inParts<T>(all: readonly T[], signal: AbortSignal, visit: (one: T) => void): Promise<void> {
  for (const [index, one] of all.entries()) {
    if (index % AT_ONCE === 0) {
      await nextTurn();
      signal.throwIfAborted();
    }
    visit(one);
  }
}

function processNumbers(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/**
 * A process and what belongs to it: its descendants, and what is in its session, which is how one whose parent has ended is found.
 * A session that is also mainstay's own, as in a test, does not count.
 */
export function familyOf(pid: number, all: readonly LiveProcess[]): LiveProcess[] {
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const head = byPid.get(pid);
  if (head === undefined) return [];
  const isShared = byPid.get(process.pid)?.session === head.session;
  const descends = (one: LiveProcess | undefined): boolean => {
    // Bounded: numbers may have been given anew while they were read.
    for (let steps = 0; one !== undefined && steps < 100; steps += 1, one = byPid.get(one.parent)) {
      if (one.pid === pid) return true;
    }
    return false;
  };
  return all.filter((one) => (!isShared && one.session === head.session) || descends(one));
}
