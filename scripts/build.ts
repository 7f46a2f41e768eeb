// `npm run build`: the shipped form of mainstay, in packages/mainstay/dist. `npm pack -w mainstay` makes the tarball.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './build/bundle.ts';
import { writeLicences } from './build/licences.ts';
import { oneAtATime } from './lib/lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'packages/mainstay/dist');

await oneAtATime(`build ${root}`, async () => {
  rmSync(dist, { recursive: true, force: true });
  const inputs = await bundle(join(root, 'packages/mainstay'), dist);
  writeLicences(root, inputs, join(dist, 'LICENSES.txt'));
});

const sizes = readdirSync(dist).map((name) => statSync(join(dist, name)).size);
const total = sizes.reduce((sum, size) => sum + size, 0);
process.stdout.write(`packages/mainstay/dist: ${String(sizes.length)} files, ${(total / 1024).toFixed(0)} KiB\n`);
