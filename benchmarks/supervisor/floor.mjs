// The floor for anything written on Node: `node floor.mjs TABLE` spawns each service of a JSON table, again at once when
// it ends, and pipes what it writes into a file, without rotation. SIGTERM ends all of it.
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';

const living = new Set();
let ending = false;

function run(service) {
  const child = spawn(service.argv[0], service.argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  living.add(child);
  service.sink ??= createWriteStream(service.log, { flags: 'a' });
  child.stdout.pipe(service.sink, { end: false });
  child.stderr.pipe(service.sink, { end: false });
  child.on('exit', () => {
    living.delete(child);
    if (!ending) run(service);
    else if (living.size === 0) process.exit(0);
  });
}

process.on('SIGTERM', () => {
  ending = true;
  for (const child of living) child.kill('SIGTERM');
});
for (const service of JSON.parse(readFileSync(process.argv[2], 'utf8'))) run(service);
