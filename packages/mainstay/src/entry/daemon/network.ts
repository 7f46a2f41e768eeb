import { heartbeatKeyFile, pingSecret } from '../../cli/heartbeat/secret.ts';
import { parseKeys, type ApiKey } from '../../core/access/index.ts';
import type { ApiPlan } from '../../core/plan/index.ts';
import { Listener } from '../../daemon/api/listener/index.ts';
import type { ApiPorts, LineSink } from '../../daemon/index.ts';
import type { Gate } from '../../host/log/index.ts';
import { portHolder } from '../../host/proc/index.ts';
import { CachedFile } from './cached-file.ts';

/** The interface over TCP, with its keys; loaded only where a plan asks for it. */
export class Network {
  readonly #keys: CachedFile<readonly ApiKey[]>;
  readonly #listener: Listener;

  /** @param files lets one file of the state directory be read or written at a time */
  constructor(api: ApiPorts, log: LineSink, files: Gate) {
    const say = (text: string): void => log.write(`${new Date().toISOString()} ${text}`);
    const readKeys = (text: string, file: string): readonly ApiKey[] => {
      const { keys, badLines } = parseKeys(text);
      if (badLines.length > 0) say(`${file}: no keys are in lines ${badLines.join(', ')}`);
      return keys;
    };
    const failed = (why: string): void => say(`cannot read the keys: ${why}`);
    const keys = new CachedFile<readonly ApiKey[]>(files, api.clock, readKeys, [], failed);
    const heartbeatKey = new CachedFile<string | null>(files, api.clock, (text) => text.trim(), null, failed);
    this.#keys = keys;
    this.#listener = new Listener({
      ...api,
      log,
      keys: (file) => keys.get(file),
      pingSecrets: async (file, names) => {
        const key = await heartbeatKey.get(heartbeatKeyFile(file));
        return key === null ? [] : names.map((name) => ({ name, secret: pingSecret(key, name) }));
      },
      holder: (port, host) => portHolder(port, 'tcp', host, (pid) => pid === process.pid),
    });
  }

  /** Goes over to what a plan says. */
  async load(plan: ApiPlan | null): Promise<void> {
    // Known before the disk stops answering.
    if (plan !== null) void this.#keys.get(plan.keysFile);
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
