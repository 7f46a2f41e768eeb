/** The program `mainstay`: the real terminal, given to the command line. */
import { main } from '../cli/index.ts';

const readerGone = new Set<() => void>();

// A reader that has gone (`mainstay logs | head`: EPIPE; a terminal that was closed: EIO) is no failure, and nobody is
// left to be told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') process.exit(1);
    if (readerGone.size === 0) process.exit(0);
    for (const listener of readerGone) listener();
  });
}

// No top-level await: the shipped bundle is CommonJS.
void main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  onReaderGone: (listener) => {
    readerGone.add(listener);
    return () => readerGone.delete(listener);
  },
  columns: () => process.stdout.columns ?? 80,
  monitoring: async (directory) => (await import('./monitor.ts')).monitorProgram(directory),
  probing: async (directory) => (await import('./probing.ts')).probesOf(directory),
  env: process.env,
  cwd: process.cwd(),
})
  // Nothing is pending any more but sockets kept open, and what a slow reader has not taken yet.
  .then(async (code) => {
    await Promise.all([taken(process.stdout), taken(process.stderr)]);
    process.exit(code);
  });

/** Resolves when everything that was written is out, or nobody reads it. */
function taken(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
