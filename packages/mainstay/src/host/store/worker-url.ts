/** Where the code of the store's thread is: beside this file in the sources, `store-worker.cjs` in the shipped bundle. */
export function workerUrl(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './worker.ts' : './store-worker.cjs', here);
}
