import { join } from 'node:path';

/**
 * Where the code of the store's thread is: beside this file in the sources; in the shipped bundle, which is CommonJS and
 * has no `import.meta.url`, the file `store-worker.cjs` beside the bundle.
 */
export function workerUrl(): URL | string {
  const here: string | undefined = import.meta.url;
  return here === undefined ? join(__dirname, 'store-worker.cjs') : new URL('./worker.ts', here);
}
