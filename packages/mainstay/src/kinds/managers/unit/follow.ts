import type { Environment } from './index.ts';
import { followJournal } from './journal.ts';

/**
 * Listens to what systemd itself writes into the journal about units: it does so at each start, stop and end. It can be relied on
 * as soon as anything is heard; who may not read the journal hears nothing.
 */
export async function followUnits(
  names: readonly string[],
  user: boolean,
  environment: Environment,
  changed: (name: string | null) => void,
  reliable: () => void,
  signal: AbortSignal,
): Promise<void> {
  const field = user ? 'USER_UNIT' : 'UNIT';
  const matches = names.flatMap((name, at) => [...(at === 0 ? [] : ['+']), `${field}=${name}`]);
  const words = ['--lines=0', `--output-fields=${field}`, ...matches];
  for await (const entries of followJournal(words, environment, signal)) {
    reliable();
    for (const entry of entries) {
      const name = entry[field];
      changed(typeof name === 'string' ? name : null);
    }
  }
}
