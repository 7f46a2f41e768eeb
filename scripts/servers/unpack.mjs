// Unpacks Debian packages below a folder, with the libraries that the machine lacks. Works as root or not: apt keeps
// its lists and archives in the folder itself, and the machine's own are not touched.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createApt } from './apt.mjs';
import { ServersError } from './error.mjs';
import { output } from './output.mjs';

/**
 * @param {{ root: string, name: string, kind: import('../servers.mjs').ServerKind, say: (line: string) => void }} what
 * @returns {Promise<string[]>} folders for LD_LIBRARY_PATH
 * @throws {ServersError}
 */
export async function unpack({ root, name, kind, say }) {
  const stamp = join(root, `${name}.json`);
  const wanted = JSON.stringify(kind);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    say(`unpacking ${name} into ${root} …`);
    mkdirSync(root, { recursive: true });
    chmodSync(root, 0o755);
    await bring(root, name, kind);
    writeFileSync(stamp, wanted);
  }
  if (name === 'postgresql' && process.getuid?.() === 0) checkReachable(root);
  return libraryFolders(root);
}

/**
 * @param {string} root
 * @param {string} name
 * @param {import('../servers.mjs').ServerKind} kind
 */
async function bring(root, name, kind) {
  const work = join(root, 'apt');
  try {
    const apt = await createApt(work);
    /** @type {Set<string>} */
    const done = new Set();
    let next = [...kind.packages];
    while (next.length > 0) {
      for (const archive of await apt.download(next)) await output('dpkg-deb', ['-x', archive, root]);
      for (const pack of next) done.add(pack);
      const missing = await missingLibraries(root, kind);
      next = missing.length === 0 ? [] : await suppliers(apt, done, missing);
      if (missing.length > 0 && next.length === 0) throw new ServersError(`no package supplies ${missing.join(', ')}`);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ServersError(`cannot bring ${name}: ${why}; or install ${kind.packages.join(' and ')} on this machine`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * What the dynamic linker does not find for the programs and the libraries unpacked so far.
 * @param {string} root
 * @param {import('../servers.mjs').ServerKind} kind
 */
async function missingLibraries(root, kind) {
  const programs = kind.folders.flatMap((folder) => kind.programs.map((program) => join(root, folder, program)));
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(root).join(delimiter) };
  /** @type {Set<string>} */
  const missing = new Set();
  for (const file of programs.filter((path) => existsSync(path))) {
    for (const [, library = ''] of (await output('ldd', [file], env)).matchAll(/^\s*(\S+) => not found/gm))
      missing.add(library);
  }
  return [...missing];
}

/**
 * Packages to unpack next: the dependencies whose name fits a missing library, otherwise all that are libraries.
 * @param {import('./apt.mjs').Apt} apt
 * @param {ReadonlySet<string>} done
 * @param {readonly string[]} missing such as libjemalloc.so.2 (in package libjemalloc2)
 */
async function suppliers(apt, done, missing) {
  const candidates = (await apt.dependencies([...done])).filter((pack) => pack.startsWith('lib') && !done.has(pack));
  const stems = missing.map((library) => library.replace(/\.so.*$/, '').toLowerCase());
  const fitting = candidates.filter((pack) => stems.some((stem) => pack.startsWith(stem)));
  return fitting.length > 0 ? fitting : candidates;
}

/** @param {string} root */
function libraryFolders(root) {
  return ['usr/lib', 'lib'].flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(path, name));
  });
}

/**
 * PostgreSQL refuses to run as root, so another user must be able to reach the programs.
 * @param {string} root
 */
function checkReachable(root) {
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) !== 0) continue;
    throw new ServersError(
      `cannot use ${root} as another user than root: ${folder} lets nobody else in; try: chmod o+x ${folder}`,
    );
  }
}
