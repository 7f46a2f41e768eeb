import fs from 'node:fs';
import path from 'node:path';
import type { WriteFile } from '../../host/files/index.ts';
import type { Store, StoreBatch, StoreSnapshot } from '../../ports/index.ts';

type Intents = StoreSnapshot['intents'];

/** `<state>/intents.json`: what is wanted of each service, and the newest event when that was written. */
interface IntentsFile {
  seq: number;
  intents: Intents;
}

const fileOf = (stateDir: string): string => path.join(stateDir, 'intents.json');

/**
 * What is wanted of each service, also when the store was lost or an older copy of it came back. The store counts
 * while it is as new as the file: a full disk may have let through the one and not the other.
 */
function intentsOf(stateDir: string, { intents, lastSeq, setAside }: StoreSnapshot): Intents {
  try {
    const kept = JSON.parse(fs.readFileSync(fileOf(stateDir), 'utf8')) as IntentsFile;
    if (setAside !== null || kept.seq > lastSeq) return { ...intents, ...kept.intents };
  } catch {
    // Absent or torn: the store has it.
  }
  return intents;
}

/** The same store, which keeps what is wanted beside itself, too, and opens with what `intentsOf` makes of both. */
export function keepingIntents(store: Store, stateDir: string, write: WriteFile): Store {
  const kept: IntentsFile = { seq: 0, intents: {} };
  let writing: Promise<void> = Promise.resolve();
  const writeBatch = (batch: StoreBatch): Promise<void> => {
    kept.seq = Math.max(kept.seq, ...batch.events.map(({ seq }) => seq));
    if (Object.keys(batch.intents).length > 0) {
      Object.assign(kept.intents, batch.intents);
      const text = `${JSON.stringify(kept)}\n`;
      // A second copy: what the operator waits for is the store.
      writing = writing.then(() => write(fileOf(stateDir), text, 0o600)).catch(() => {});
    }
    return store.write(batch);
  };
  return {
    open: async () => {
      const snapshot = await store.open();
      snapshot.intents = intentsOf(stateDir, snapshot);
      kept.seq = snapshot.lastSeq;
      kept.intents = { ...snapshot.intents };
      return snapshot;
    },
    write: writeBatch,
    events: (query) => store.events(query),
    history: (query) => store.history(query),
    results: (query) => store.results(query),
    backlog: () => store.backlog(),
    close: async () => {
      await writing;
      await store.close();
    },
  };
}

/** Nothing is wanted any more. */
export function forgetIntents(stateDir: string): Promise<void> {
  return fs.promises.rm(fileOf(stateDir), { force: true });
}
