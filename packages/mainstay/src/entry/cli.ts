/** The program `mainstay`: the real terminal, given to the command line. */
import { main } from '../cli/index.ts';

// A reader that has gone (`mainstay logs | head`) is no failure, and nobody is left to be told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

// No top-level await: the shipped bundle is CommonJS.
void main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  columns: () => process.stdout.columns ?? 80,
  env: process.env,
  cwd: process.cwd(),
})
  // Nothing is pending any more but sockets kept open; writes to files, pipes and terminals are synchronous here.
  .then((code) => process.exit(code));
