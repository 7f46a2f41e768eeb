import { readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { Observation, ProbeContext } from '../../ports/index.ts';
import type { Report } from './observe.ts';

/**
 * Calls of all checks that may be out at the same time. Node has four threads for files; a file system that does not answer holds
 * one for each call, and what else the daemon does needs the others.
 */
const MOST = 2;

interface Call {
  lane: string;
  start: () => Promise<unknown>;
}

const waiting: Call[] = [];
/** The file systems that have a call out. */
const busy = new Set<string>();

function startWhatMay(): void {
  for (let at = 0; at < waiting.length && busy.size < MOST;) {
    const { lane, start } = waiting[at]!;
    if (busy.has(lane)) {
      at += 1;
      continue;
    }
    waiting.splice(at, 1);
    busy.add(lane);
    void start().finally(() => {
      busy.delete(lane);
      startWhatMay();
    });
  }
}

/**
 * The files that one run of a check looks at. A file system has at most one call out, however many checks and runs want something of
 * it: one that is frozen, or whose server is gone, holds one thread and not all of them.
 */
export class Files {
  /** Absolute. */
  readonly path: string;
  /** What is mounted there; null when the machine does not tell. */
  readonly mount: Mount | null;
  /** Every path at which something is mounted. */
  readonly mountPoints: ReadonlySet<string>;
  readonly #lane: string;
  readonly #context: ProbeContext;
  readonly #report: Report;
  #lastAnswerMs = 0;

  constructor(path: string, context: ProbeContext, report: Report) {
    this.path = resolvePath(context.workingDirectory, path);
    const mounts = readMounts();
    this.mount = mountOf(this.path, mounts);
    this.mountPoints = new Set(mounts.map(({ point }) => point));
    this.#lane = this.mount?.point ?? '';
    this.#context = context;
    this.#report = report;
  }

  /** Waits for the turn of the file system and for its answer. Rejects as the call does, or with the reason of the signal. */
  call<T>(run: () => Promise<T>): Promise<T> {
    const { signal } = this.#context;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return void reject(signal.reason);
      const call: Call = {
        lane: this.#lane,
        start: async () => {
          try {
            const value = await run();
            this.#lastAnswerMs = this.#report.elapsed();
            resolve(value);
          } catch (error) {
            reject(error);
          } finally {
            signal.removeEventListener('abort', onAbort);
          }
        },
      };
      const onAbort = (): void => {
        const at = waiting.indexOf(call);
        if (at !== -1) waiting.splice(at, 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(call);
      startWhatMay();
    });
  }

  /**
   * What it means that a call rejected.
   *
   * @param done how far the work came, for example "12 entries seen"
   */
  broken(error: unknown, done = '', data?: Observation['data']): Observation {
    const { signal, timeoutMs } = this.#context;
    if (!signal.aborted) return this.#report.observe(...this.#meaning(error));
    if (!this.#report.timedOut()) return this.#report.aborted(this.path, data);
    // It went on answering: there was only too much to ask.
    if (this.#lastAnswerMs > timeoutMs / 2) {
      return this.#report.observe('unknown', `${this.path}: not done within ${timeoutMs / 1000} s (${done})`, data);
    }
    if (busy.has(this.#lane)) return this.#report.aborted(`an answer of the file system of ${this.path}`, data);
    return this.#report.observe('unknown', `${this.path}: other file systems do not answer, and are waited for`, data);
  }

  #meaning(error: unknown): ['fail' | 'unknown', string] {
    const { code } = error as NodeJS.ErrnoException;
    const known = MEANING[code ?? ''];
    if (known !== undefined) return [known[0], `${this.path}: ${known[1]}`];
    return ['unknown', `${this.path}: cannot be looked at (${code ?? String(error)})`];
  }
}

const MEANING: Readonly<Record<string, ['fail' | 'unknown', string]>> = {
  ENOENT: ['fail', 'is missing'],
  ENOTDIR: ['fail', 'is not a directory, or leads through what is none'],
  EACCES: ['unknown', 'may not be looked at'],
  EPERM: ['unknown', 'may not be looked at'],
  EIO: ['fail', 'the disk answers with an error'],
  ESTALE: ['fail', 'the file system is gone from its server'],
  ENOTCONN: ['fail', 'the file system has lost what serves it'],
  ELOOP: ['fail', 'is a link that leads in circles'],
};

/** A line of `/proc/self/mountinfo` (proc(5)). */
export interface Mount {
  point: string;
  /** Nobody asked for it to be read-only, and it is: the kernel makes a file system so that has errors. */
  failed: boolean;
}

/** What is mounted, in the order of its mounting; nothing when the machine does not tell. Asks the kernel, no file system. */
function readMounts(): Mount[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , escaped, options = ''] = before.split(' ');
    if (escaped === undefined) return [];
    const point = escaped.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const ofDisk = after.split(' ')[2] ?? '';
    const failed = options.split(',').includes('rw') && /(^|,)(ro|emergency_ro|shutdown)(,|$)/.test(ofDisk);
    return [{ point, failed }];
  });
}

/** The mount that holds a path: the deepest, and of two at one point the later one, which hides the other. */
function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  const above = mounts.filter(({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`));
  return above.reduce<Mount | null>((found, one) => {
    return found !== null && found.point.length > one.point.length ? found : one;
  }, null);
}
