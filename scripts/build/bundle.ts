// Bundles the entries to CommonJS, with what is imported dynamically in files of its own: Node compiles CommonJS from
// its compile cache and loads it synchronously, and a command reads only the files that it needs. esbuild splits
// ECMAScript modules only, so it first makes those and then turns each file into CommonJS.
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';

/** Loaded by Node at run time where it is installed: it brings a native part. `pg` loads its own only when asked to. */
const EXTERNAL = ['koffi', 'pg-native'];
/** What the external monitor needs, which is the part that asks for least. */
const TARGET = 'node22';
/** Stands for import.meta.url, which CommonJS lacks. */
const MODULE_URL = '__moduleUrl';

/**
 * @param pack folder of the package
 * @param dist folder to write to; every file lies directly in it
 * @returns paths of all source files that went in, relative to the working directory
 */
export async function bundle(pack: string, dist: string): Promise<readonly string[]> {
  const entries = Object.fromEntries([
    ...globSync('src/entry/*.ts', { cwd: pack }).map((path) => [basename(path, '.ts'), join(pack, path)]),
    ...globSync('src/host/store/worker.ts', { cwd: pack }).map((path) => ['store-worker', join(pack, path)]),
  ]) as Record<string, string>;
  const result = await build({
    entryPoints: entries,
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    chunkNames: 'part-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    external: EXTERNAL,
    define: { 'import.meta.url': MODULE_URL },
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  mkdirSync(dist, { recursive: true });
  for (const { path, text } of result.outputFiles) writeFileSync(path, await toCommonJs(text));
  return Object.keys(result.metafile.inputs);
}

async function toCommonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: TARGET,
    // import() of a part becomes require: the same cached and synchronous way.
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const url = code.includes(MODULE_URL)
    ? `const ${MODULE_URL}=require("node:url").pathToFileURL(__filename).href;`
    : '';
  return `"use strict";${url}${code}`;
}
