import { stat, readFile } from 'node:fs/promises';
import { parseKeys, type ApiKey } from '../../core/access/index.ts';
import type { ApiPlan } from '../../core/plan/index.ts';
import { Listener } from '../../daemon/api/listener/index.ts';
import type { ApiPorts, LineSink } from '../../daemon/index.ts';
import type { Gate } from '../../host/log/index.ts';
import { portHolder } from '../../host/proc/index.ts';
import type { Clock } from '../../ports/index.ts';

/** How long a request waits for the file of keys before it is answered by what was last read, ms. */
const KEYS_PATIENCE_MS = 500;

/** The interface over TCP, with its keys; loaded only where a plan asks for it. */
export class Network {
  readonly #keys: KeyFile;
  readonly #listener: Listener;

  /** @param files lets one file of the state directory be read or written at a time */
  constructor(api: ApiPorts, log: LineSink, files: Gate) {
    this.#keys = new KeyFile(files, api.clock, log);
    this.#listener = new Listener({
      ...api,
      log,
      keys: (file) => this.#keys.read(file),
      holder: (port, host) => portHolder(port, 'tcp', host, (pid) => pid === process.pid),
    });
  }

  /** Goes over to what a plan says. */
  async load(plan: ApiPlan | null): Promise<void> {
    // Known before the disk stops answering.
    if (plan !== null) void this.#keys.read(plan.keysFile);
    await this.#listener.load(plan);
  }

  /** Why nobody is answered there, if somebody should be. */
  problems(): string[] {
    const { problem } = this.#listener;
    return problem === null ? [] : [problem];
  }

  /** Answers on their way may take `graceMs`. */
  end(graceMs: number): Promise<void> {
    return this.#listener.close(graceMs);
  }
}

/** The keys in a file: read anew when the file is another one, so that one that was removed is of no use any more. */
class KeyFile {
  readonly #files: Gate;
  readonly #clock: Clock;
  readonly #log: LineSink;
  #known: { file: string; version: string; keys: readonly ApiKey[] } | null = null;
  #looking: Promise<void> | null = null;

  constructor(files: Gate, clock: Clock, log: LineSink) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
  }

  async read(file: string): Promise<readonly ApiKey[]> {
    this.#looking ??= this.#files
      .run(() => this.#look(file))
      .finally(() => {
        this.#looking = null;
      });
    const looking = this.#looking;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(KEYS_PATIENCE_MS, resolve);
      void looking.finally(() => {
        timer.cancel();
        resolve();
      });
    });
    return this.#known?.file === file ? this.#known.keys : [];
  }

  async #look(file: string): Promise<void> {
    try {
      const { mtimeNs, size, ino } = await stat(file, { bigint: true });
      const version = `${mtimeNs} ${size} ${ino}`;
      if (this.#known?.file === file && this.#known.version === version) return;
      const { keys, badLines } = parseKeys(await readFile(file, 'utf8'));
      this.#known = { file, version, keys };
      if (badLines.length > 0) this.#say(`${file}: no keys are in lines ${badLines.join(', ')}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // What was known is still true when the disk has a fault, and no longer when the file was removed.
      if (code === 'ENOENT') this.#known = { file, version: 'none', keys: [] };
      else this.#say(`cannot read the keys: ${message}`);
    }
  }

  #say(text: string): void {
    this.#log.write(`${new Date().toISOString()} ${text}`);
  }
}
