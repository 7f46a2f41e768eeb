// The rule on package.json files.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Violation } from './rules.ts';

/** Packages that anybody can use without installing anything else. */
const LEAVES = new Set(['protocol', 'sdk']);

/** The names of a package's peer dependencies. */
export function peersOf(root: string, pack: string): ReadonlySet<string> {
  return new Set(Object.keys(readManifest(root, `packages/${pack}/package.json`)['peerDependencies'] ?? {}));
}

/** protocol and sdk declare no dependencies; drivers are peers. */
export function* packageRules(root: string): Generator<Violation> {
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    if (!LEAVES.has(path.split('/')[1] ?? '')) continue;
    const manifest = readManifest(root, path);
    for (const key of ['dependencies', 'optionalDependencies', 'bundleDependencies']) {
      for (const name of Object.keys(manifest[key] ?? {})) {
        const reason = 'protocol and sdk have no dependencies: applications import them as they are';
        yield { rule: 'leaf-dependency', reason, path, line: 1, found: `${key} has ${name}` };
      }
    }
  }
}

function readManifest(root: string, path: string): Record<string, object | undefined> {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, object | undefined>;
}
