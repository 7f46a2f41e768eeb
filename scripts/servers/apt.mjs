// apt with lists and archives of its own in one folder.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './output.mjs';

/**
 * @typedef {object} Apt
 * @property {(packages: readonly string[]) => Promise<string[]>} download returns the paths of the archives
 * @property {(packages: readonly string[]) => Promise<string[]>} dependencies names of what they depend on directly
 */

/**
 * Fetches the package lists.
 * @param {string} folder made when missing; the caller removes it
 * @returns {Promise<Apt>}
 */
export async function createApt(folder) {
  const archives = join(folder, 'archives');
  for (const name of ['lists/partial', 'cache/archives/partial', 'archives'])
    mkdirSync(join(folder, name), { recursive: true });
  const options = [
    ['Dir::State::lists', join(folder, 'lists')],
    ['Dir::Cache', join(folder, 'cache')],
    // As root, apt would download as a user that may not write here.
    ['APT::Sandbox::User', 'root'],
    ['Acquire::Retries', '3'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await output('apt-get', ['update', '-q', ...options]);
  return {
    async download(packages) {
      const before = new Set(readdirSync(archives));
      await output('apt-get', ['download', '-q', ...options, ...packages], process.env, archives);
      return readdirSync(archives)
        .filter((name) => !before.has(name))
        .map((name) => join(archives, name));
    },
    async dependencies(packages) {
      const text = await output('apt-cache', ['depends', ...options, ...packages]);
      const names = [...text.matchAll(/^ [ |](?:Pre)?Depends: ([a-z0-9][a-z0-9+.-]*)$/gm)].map(([, name = '']) => name);
      return [...new Set(names)];
    },
  };
}
