import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Bundles that wait for the disk; one more is dropped. */
const QUEUE = 16;
/** Files that are kept of one service, and of all together. */
const KEPT = { service: 10, all: 200 };

export interface CrashFiles {
  /** Writes a bundle soon; of what cannot be written, `problems` tells. */
  write(bundle: { service: string; at: number; text: string }): void;
  /** In words; empty when every bundle could be written. */
  problems(): string[];
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/**
 * The bundles in `directory`, one folder for each service. One write is on its way at a time, so that a disk
 * that does not answer holds up nothing else.
 * @param turn waits until a file may be written
 */
export function createCrashFiles(
  directory: string,
  turn: (work: () => Promise<void>) => Promise<void> = (work) => work(),
): CrashFiles {
  const queue: { service: string; at: number; text: string }[] = [];
  let writing: Promise<void> | null = null;
  let dropped = 0;
  let lastError: string | null = null;

  const run = async (): Promise<void> => {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      try {
        await turn(() => store(directory, next));
        lastError = null;
        dropped = 0;
      } catch (error) {
        lastError = (error as NodeJS.ErrnoException).code ?? String(error);
        dropped += 1;
      }
      queue.shift();
    }
    writing = null;
  };

  return {
    write(bundle) {
      if (queue.length >= QUEUE) {
        dropped += 1;
        return;
      }
      queue.push(bundle);
      writing ??= run();
    },
    problems() {
      if (dropped === 0) return [];
      const why = lastError ?? 'the disk does not answer';
      return [`crash bundles cannot be written to ${directory} (${why}); ${dropped} dropped`];
    },
    idle: () => writing ?? Promise.resolve(),
  };
}

async function store(
  directory: string,
  { service, at, text }: { service: string; at: number; text: string },
): Promise<void> {
  const folder = join(directory, service);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = await freeName(folder, at);
  const temporary = join(folder, `.${name}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  await prune(directory, service);
}

/** Two instances may fail in the same millisecond. */
async function freeName(folder: string, at: number): Promise<string> {
  const taken = new Set(await readdir(folder));
  for (let ms = at; ; ms += 1) {
    const name = `${new Date(ms).toISOString().replaceAll(':', '-')}.json`;
    if (!taken.has(name)) return name;
  }
}

/** Removes the oldest of the service, then of all; and what a daemon that was killed left half-written. */
async function prune(directory: string, service: string): Promise<void> {
  const all: { name: string; path: string }[] = [];
  for (const folder of await readdir(directory)) {
    const names = (await readdir(join(directory, folder))).sort();
    const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    const surplus = folder === service ? files.splice(0, Math.max(0, files.length - KEPT.service)) : [];
    const torn = folder === service ? names.filter((name) => name.startsWith('.')) : [];
    for (const name of [...surplus, ...torn]) await rm(join(directory, folder, name), { force: true });
    all.push(...files.map((name) => ({ name, path: join(directory, folder, name) })));
  }
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { path } of all.slice(0, Math.max(0, all.length - KEPT.all))) await rm(path, { force: true });
}
