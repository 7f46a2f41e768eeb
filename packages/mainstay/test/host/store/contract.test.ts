import { join } from 'node:path';
import { createStore } from '../../../src/host/store/index.ts';
import { describeStore } from '../../../../../test/contracts/store.ts';
import { clock, temporaryDirectory } from './fixture.ts';

describeStore('SQLite', () => {
  const directory = temporaryDirectory();
  return {
    make: () => createStore({ path: join(directory.path, 'state', 'mainstay.db'), clock, closeTimeoutMs: 60_000 }),
    dispose: async () => directory[Symbol.dispose](),
  };
});
