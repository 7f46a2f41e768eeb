// Preloaded (node --import) into a program under test: writes what it has loaded to the file MAINSTAY_MODULES_OUT, at
// its exit or at SIGUSR2. One line each: files of the project, npm packages, and Node's own public modules.
import { renameSync, writeFileSync } from 'node:fs';
import { builtinModules, registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const out = process.env['MAINSTAY_MODULES_OUT'] ?? '';
const root = new URL('../../../../', import.meta.url).href;
/** @type {Set<string>} */
const loaded = new Set();
// What this preload and a bare Node need is not the program's.
const before = new Set(builtins());

registerHooks({
  load(url, context, next) {
    const pack = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
    // The native half of koffi is another package on every kind of machine.
    if (pack && !pack.startsWith('@koromix/')) loaded.add(pack);
    else if (!pack && url.startsWith(root)) loaded.add(url.slice(root.length));
    return next(url, context);
  },
});
if (isMainThread) {
  process.on('exit', write);
  process.on('SIGUSR2', write);
}

function write() {
  const own = builtins().filter((name) => !before.has(name));
  // Whoever waits for the file finds it whole.
  writeFileSync(`${out}.tmp`, `${[...loaded, ...own].toSorted().join('\n')}\n`);
  renameSync(`${out}.tmp`, out);
}

function builtins() {
  const names = new Set(builtinModules);
  const list = /** @type {{ moduleLoadList: string[] }} */ (/** @type {unknown} */ (process)).moduleLoadList;
  return list
    .map((entry) => entry.replace(/^NativeModule /, ''))
    .filter((name) => names.has(name) && !name.startsWith('_'))
    .map((name) => (name.startsWith('node:') ? name : `node:${name}`));
}
