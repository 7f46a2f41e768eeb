// Installs what the checkout needs and finds the Node that runs it. Runs on any Node >= 20, without dependencies.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { oneAtATime } from './lock.mjs';

/** A reason not to go on, shown as one line. */
export class BootstrapError extends Error {}

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean, link?: boolean, os?: string[], cpu?: string[] }> }} Lockfile */

/**
 * Brings node_modules to what package-lock.json says; does nothing when it is already there. Safe in parallel.
 * @param {string} root the checkout
 * @param {(line: string) => void} say one-line progress
 */
export async function ensureInstalled(root, say) {
  if (isInstalled(root)) return;
  await oneAtATime(
    `install ${root}`,
    async () => {
      if (isInstalled(root)) return;
      say('installing dependencies (npm ci) …');
      await npmCi(root);
    },
    () => say('waiting for another installation in this checkout …'),
  );
}

/**
 * Compares contents, not times: a checkout of another branch touches package-lock.json without changing it.
 * npm writes node_modules/.package-lock.json last, so an interrupted installation has none.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = readLock(join(root, 'package-lock.json'));
  const present = readLock(join(root, 'node_modules/.package-lock.json'));
  if (!wanted)
    throw new BootstrapError(`cannot install: ${root} has no package-lock.json; run this in a full checkout`);
  if (!present) return false;
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (!path.includes('node_modules/')) continue;
    const there = present.packages[path];
    if (there ? there.version !== entry.version : !entry.optional) return false;
  }
  return Object.keys(present.packages).every((path) => path in wanted.packages);
}

/**
 * @param {string} path
 * @returns {Lockfile | null}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} root */
async function npmCi(root) {
  // npm runs this script with node_modules/.bin first in PATH: its `node` is about to be removed and put back.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const child = spawn('npm', ['ci', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const failure = await new Promise((resolve) => {
    child.on('error', (error) => resolve(`npm could not be started (${error.message}); install Node.js with npm`));
    child.on('close', (code, signal) => resolve(code === 0 ? null : `npm ci ended with ${signal ?? code}`));
  });
  if (failure !== null)
    throw new BootstrapError(`cannot install dependencies: ${failure}\n${output.trimEnd()}`.trimEnd());
}

/**
 * The Node that runs the code: the one pinned by the lockfile, otherwise this one if it is new enough.
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {string} path of the program
 */
export function pinnedNode(root, say) {
  const name = `node-linux-${process.arch}`;
  const pinned = join(root, 'node_modules', name, 'bin/node');
  const own = Number(process.versions.node.split('.')[0]);
  const musl = process.platform === 'linux' && isMusl();
  if (existsSync(pinned) && !musl) return pinned;
  const why = musl
    ? 'the pinned Node 24 needs glibc, and this system has musl'
    : process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
      ? `the pinned Node 24 (npm package ${name}) is missing, optional dependencies were left out: run "npm ci --include=optional"`
      : `there is no pinned Node 24 for ${process.platform}-${process.arch}`;
  if (own >= 24) {
    say(`${why}; using Node ${process.versions.node}`);
    return process.execPath;
  }
  throw new BootstrapError(`cannot run on Node ${process.versions.node}: ${why}; or install Node >= 24 and use that`);
}

/** glibc has its own field in Node's report; musl leaves it out. */
function isMusl() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header.glibcVersionRuntime === undefined;
}
