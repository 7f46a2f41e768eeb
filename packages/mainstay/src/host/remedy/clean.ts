import { constants } from 'node:fs';
import { lstat, open, readdir, readlink, realpath, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeBytes } from '@mainstay/protocol';
import type { CleanJob, StepResult } from '../../ports/index.ts';
import { pattern } from '../../kinds/kit/pattern.ts';
import { fileKey, openFiles } from './open-files.ts';

/** What is looked at in one go; the rest has to wait for the next. */
const MOST_ENTRIES = 200_000;
const DEEPEST = 64;
/** Names that are told, in the journal. */
const TOLD = 20;

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

interface Candidate {
  /** Below the directory. */
  path: string;
  key: string;
  size: bigint;
}

/**
 * Deletes the regular files below a directory whose content and attributes nobody has changed for some time. Never
 * rejects.
 *
 * No path is trusted twice. Each directory is opened once, without following a link, and everything in it is then reached
 * through its descriptor (`/proc/self/fd/N/NAME`, which works as `openat` does), so a directory that is swapped for a link
 * meanwhile leads nowhere else. Links, other file systems, and files that a process has open or mapped stay. Before a
 * file is deleted it is looked at once more.
 */
export function cleanDirectory(job: CleanJob): Promise<StepResult> {
  const mine = lastTurn.then(() => clean(job));
  lastTurn = mine;
  return mine;
}

/** One after the other: a file system that does not answer holds one of Node's threads for files and not all of them. */
let lastTurn: Promise<unknown> = Promise.resolve();

async function clean(job: CleanJob): Promise<StepResult> {
  try {
    const root = await realpath(job.path);
    const refused = refusal(root, job);
    if (refused !== null) return result(false, `${job.path} is not cleaned: ${refused}`);
    await using handle = await open(root, DIRECTORY);
    if ((await readlink(descriptor(handle))) !== root)
      return result(false, `${job.path} is not cleaned: it is another directory by now`);
    return await new Clean(job, root).all(handle);
  } catch (error) {
    return result(false, `${job.path} is not cleaned: ${reasonOf(error)}`);
  }
}

const descriptor = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

/** Directories whose old files are what a system is made of, and those of mainstay itself. */
function refusal(root: string, { project, state }: CleanJob): string | null {
  const isTop = dirname(root) === '/' && root !== '/tmp';
  if (isTop || root === '/') return 'a directory directly below / is never cleaned, but /tmp';
  const held = [project, state].find((own) => isWithin(own, root));
  if (held !== undefined) return `${held} is in it`;
  return isWithin(root, state) ? `it is in ${state}, which is mainstay's own` : null;
}

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);

class Clean {
  readonly #job: CleanJob;
  readonly #root: string;
  readonly #before: number;
  readonly #isWanted: (name: string) => boolean;
  readonly #found: Candidate[] = [];
  #seen = 0;
  #unreadable = 0;
  #open = 0;
  #device = 0n;

  constructor(job: CleanJob, root: string) {
    this.#job = job;
    this.#root = root;
    this.#before = Date.now() - job.olderThanMs;
    this.#isWanted = job.match === null ? () => true : pattern(job.match);
  }

  async all(handle: FileHandle): Promise<StepResult> {
    this.#device = (await handle.stat({ bigint: true })).dev;
    await this.#walk(handle, '', (candidate) => void this.#found.push(candidate));
    const { files, hidden } = await openFiles(this.#device);
    const wanted = this.#found.filter(({ key }) => !files.has(key));
    this.#open = this.#found.length - wanted.length;
    const told = wanted.map(({ path }) => path);
    if (this.#job.dry || wanted.length === 0) return this.#result('would delete', wanted, told, hidden);
    const keys = new Set(wanted.map(({ key }) => key));
    const deleted: Candidate[] = [];
    let failed = 0;
    this.#seen = 0;
    await this.#walk(handle, '', async (candidate, place) => {
      if (!keys.has(candidate.key)) return;
      await unlink(place).then(
        () => deleted.push(candidate),
        () => (failed += 1),
      );
    });
    const done = this.#result(
      'deleted',
      deleted,
      deleted.map(({ path }) => path),
      hidden,
    );
    return failed === 0 ? done : { ...done, ok: false, text: `${done.text}; ${failed} could not be deleted` };
  }

  /** Visits what is old enough; each entry was just looked at, through the descriptor of its directory. */
  async #walk(
    handle: FileHandle,
    below: string,
    visit: (candidate: Candidate, place: string) => unknown,
    depth = 0,
  ): Promise<void> {
    const here = descriptor(handle);
    const names = await readdir(here).catch(() => null);
    if (names === null) this.#unreadable += 1;
    for (const name of names ?? []) {
      if (this.#seen >= MOST_ENTRIES) return;
      this.#seen += 1;
      const place = `${here}/${name}`;
      const path = below === '' ? name : `${below}/${name}`;
      const facts = await lstat(place, { bigint: true }).catch(() => null);
      if (facts === null || facts.dev !== this.#device) continue;
      if (facts.isFile() && this.#isWanted(name)) {
        // A file that was unpacked has an old time of its content, and is new all the same.
        const changed = facts.mtimeMs > facts.ctimeMs ? facts.mtimeMs : facts.ctimeMs;
        if (Number(changed) < this.#before)
          await visit({ path, key: fileKey(facts.dev, facts.ino), size: facts.size }, place);
      } else if (facts.isDirectory() && this.#job.recursive && depth < DEEPEST) {
        await this.#enter(place, path, facts.ino, visit, depth + 1);
      }
    }
  }

  async #enter(
    place: string,
    path: string,
    inode: bigint,
    visit: (candidate: Candidate, place: string) => unknown,
    depth: number,
  ): Promise<void> {
    const handle = await open(place, DIRECTORY).catch(() => null);
    if (handle === null) {
      this.#unreadable += 1;
      return;
    }
    await using inner = handle;
    // It may have been replaced since it was looked at.
    const { dev, ino } = await inner.stat({ bigint: true });
    if (dev === this.#device && ino === inode) await this.#walk(inner, path, visit, depth);
  }

  #result(what: string, of: readonly Candidate[], paths: readonly string[], hidden: number): StepResult {
    const bytes = Number(of.reduce((sum, { size }) => sum + size, 0n));
    const remarks = [
      ...(this.#open > 0 ? [`${this.#open} stay because they are open`] : []),
      ...(hidden > 0 ? [`what ${hidden} processes of other users have open cannot be seen`] : []),
      ...(this.#unreadable > 0 ? [`${this.#unreadable} directories could not be looked into`] : []),
      ...(this.#seen >= MOST_ENTRIES ? ['there is more than is looked at in one go'] : []),
    ];
    const count = `${of.length} ${of.length === 1 ? 'file' : 'files'}`;
    const text = [`${this.#root}: ${what} ${count}, ${describeBytes(bytes)}`, ...remarks].join('; ');
    const data = { files: of.length, bytes, open: this.#open, hidden, paths: paths.slice(0, TOLD) };
    return { ok: true, text, data };
  }
}

const result = (ok: boolean, text: string): StepResult => ({ ok, text, data: {} });

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is missing',
  ENOTDIR: 'it is no directory',
  EACCES: 'mainstay may not look into it',
  ELOOP: 'it is a link',
};

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? (code || message);
}
