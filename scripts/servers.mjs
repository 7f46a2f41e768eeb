// The real servers that tests and examples run: PostgreSQL 15, Redis 7 and nginx 1.22, as Debian builds them; wine and wrk.
// What the machine has installed is used; the rest is unpacked into .servers/ of the checkout, nothing is installed.
// Nothing is ever started here.
//   node scripts/servers.mjs [postgresql|redis|nginx|wine|wrk …]     prints JSON: programs, environment, origin
// As a module: `const { programs, env } = await servers(['redis'])`. Runs on any Node >= 20.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneAtATime } from './lib/lock.mjs';
import { ServersError } from './servers/error.mjs';
import { unpack } from './servers/unpack.mjs';

export { ServersError };

/** @typedef {'postgresql' | 'redis' | 'nginx' | 'wine' | 'wrk'} ServerName wrk is no server: it asks them, many times; nor is wine: it runs programs of Windows */

/**
 * @typedef {object} ServerKind
 * @property {readonly string[]} packages Debian packages that contain the programs
 * @property {readonly string[]} folders where Debian puts them
 * @property {readonly string[]} programs
 */

/** @type {Readonly<Record<ServerName, ServerKind>>} */
export const SERVERS = {
  postgresql: {
    packages: ['postgresql-15', 'postgresql-client-15'],
    folders: ['/usr/lib/postgresql/15/bin'],
    programs: [
      'postgres',
      'initdb',
      'pg_ctl',
      'psql',
      'pg_isready',
      'pg_dump',
      'pg_dumpall',
      'pg_restore',
      'pg_basebackup',
    ],
  },
  redis: {
    packages: ['redis-server', 'redis-tools'],
    folders: ['/usr/bin', '/usr/local/bin'],
    programs: ['redis-server', 'redis-cli', 'redis-check-rdb', 'redis-check-aof'],
  },
  nginx: { packages: ['nginx'], folders: ['/usr/sbin', '/usr/local/sbin'], programs: ['nginx'] },
  wine: {
    packages: ['wine64', 'libwine', 'libz-mingw-w64'],
    folders: ['/usr/lib/wine'],
    programs: ['wine64', 'wineserver64'],
  },
  wrk: { packages: ['wrk'], folders: ['/usr/bin', '/usr/local/bin'], programs: ['wrk'] },
};

/**
 * @typedef {object} Found
 * @property {Record<string, string>} programs absolute path of each program, by name
 * @property {Record<string, string>} env PATH, and LD_LIBRARY_PATH when something is unpacked: give both to the programs
 * @property {Partial<Record<ServerName, 'installed' | 'unpacked'>>} origin
 */

/**
 * Finds the servers, bringing what is missing. Safe in parallel.
 * @param {readonly ServerName[]} names
 * @param {{ installed?: boolean, say?: (line: string) => void }} [options] `installed: false` ignores what the machine
 *   has; `say` receives progress
 * @returns {Promise<Found>}
 * @throws {ServersError} when a server can neither be found nor brought
 */
export async function servers(names, { installed = true, say = () => {} } = {}) {
  const root = join(realpathSync(fileURLToPath(new URL('..', import.meta.url))), '.servers');
  /** @type {Found} */
  const found = { programs: {}, env: {}, origin: {} };
  /** @type {Set<string>} */
  const folders = new Set();
  /** @type {string[]} */
  let libraries = [];
  for (const name of names) {
    const kind = SERVERS[name];
    if (!kind)
      throw new ServersError(
        `cannot bring ${JSON.stringify(name)}: the servers are ${Object.keys(SERVERS).join(', ')}`,
      );
    let folder = installed ? folderOf(kind, '') : null;
    found.origin[name] = folder === null ? 'unpacked' : 'installed';
    if (folder === null) {
      const work = () => unpack({ root, name, kind, say });
      libraries = await oneAtATime(`servers ${root}`, work, () =>
        say('waiting for another process that unpacks servers …'),
      );
      folder = folderOf(kind, root);
      if (folder === null)
        throw new ServersError(`cannot bring ${name}: Debian's packages do not contain its programs`);
    }
    folders.add(folder);
    for (const program of kind.programs) found.programs[program] = join(folder, program);
  }
  found.env['PATH'] = [...folders, '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(delimiter);
  if (libraries.length > 0) found.env['LD_LIBRARY_PATH'] = libraries.join(delimiter);
  return found;
}

/**
 * The first folder that has all programs of a kind.
 * @param {ServerKind} kind
 * @param {string} root '' for the machine itself
 */
function folderOf(kind, root) {
  const has = (/** @type {string} */ folder) => kind.programs.every((program) => existsSync(join(folder, program)));
  return kind.folders.map((folder) => root + folder).find(has) ?? null;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  // Wine is large, and brought only when it is named.
  const all = Object.keys(SERVERS).filter((name) => name !== 'wine');
  const names = /** @type {ServerName[]} */ (asked.length > 0 ? asked : all);
  try {
    const found = await servers(names, { say: (line) => process.stderr.write(`${line}\n`) });
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } catch (error) {
    if (!(error instanceof ServersError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
