import { spawn } from 'node:child_process';
import { NoDirectStart, type Starter as DirectStarter, type StartRequest } from '../native/index.ts';

export interface Child {
  /** Null: nothing was started; `failed` says why. */
  readonly pid: number | null;
  /** Born inside the control group that was asked for. */
  readonly inGroup: boolean;
}

export interface ChildEvents {
  ended: (code: number | null, signal: string | null) => void;
  /** Later, when the reason was not known at once. */
  failed: (error: unknown) => void;
}

/** Child processes of the daemon, and their end. */
export interface Children {
  /**
   * @param late arguments for a child that has to join its group itself
   * @throws an error with a `code` when nothing could be started
   */
  start(request: StartRequest, late: readonly string[], events: ChildEvents): Child;
  /** Hears of no end any more; this process may end although children of it live. */
  close(): void;
}

/** @param direct how to start without copying this process; null: Node's own way only */
export function createChildren(direct: DirectStarter | null): Children {
  const own = new Map<number, ChildEvents>();
  const withNode = createNodeChildren();
  let usable = direct;

  const reap = (pid: number): void => {
    const end = direct?.reap(pid) ?? null;
    if (end === null) return;
    const events = own.get(pid);
    own.delete(pid);
    events?.ended(end.code, end.signal);
  };
  // One signal may stand for several ends. Whom the kernel names first may be one of Node's, which only Node may reap:
  // then each of ours is asked.
  const reapAll = (): void => {
    for (let pid = direct?.ended() ?? null; pid !== null; pid = direct?.ended() ?? null) {
      if (!own.has(pid)) {
        for (const each of own.keys()) reap(each);
        return;
      }
      reap(pid);
    }
  };
  if (direct !== null) process.on('SIGCHLD', reapAll);

  return {
    start(request, late, events) {
      if (usable !== null) {
        try {
          const pid = usable.start(request);
          own.set(pid, events);
          return { pid, inGroup: request.group !== null };
        } catch (error) {
          if (!(error instanceof NoDirectStart)) throw error;
          // The kernel or a sandbox does not have it: for good, in all likelihood.
          usable = null;
        }
      }
      return withNode.start(request, late, events);
    },
    close() {
      process.off('SIGCHLD', reapAll);
      own.clear();
      withNode.close();
    },
  };
}

function createNodeChildren(): Children {
  const children = new Set<ReturnType<typeof spawn>>();
  let closed = false;
  return {
    start({ path, directory, environment }, late, events) {
      // Detached, in a session of its own: no terminal, and a process group that is not the daemon's.
      const child = spawn(path, late, { cwd: directory, env: environment, detached: true, stdio: 'ignore' });
      if (child.pid === undefined) {
        child.once('error', events.failed);
        return { pid: null, inGroup: false };
      }
      children.add(child);
      child.once('exit', (code, signal) => {
        children.delete(child);
        if (!closed) events.ended(code, signal);
      });
      return { pid: child.pid, inGroup: false };
    },
    close() {
      closed = true;
      for (const child of children) child.unref();
    },
  };
}
