import { EXIT } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { renderInit, runInit } from './index.ts';

/**
 * `mainstay init [--from FILE|DIR] [--force] [--stdout|--dry-run]`, with the global `--file` and `--json`.
 * With `--stdout` the file goes to standard output and what is to be said of it to standard error.
 */
export async function run(context: Context): Promise<number> {
  const { io, flags, values } = context;
  const from = values.get('from');
  const file = values.get('file');
  const stdout = flags.has('stdout') || flags.has('dry-run');
  const result = await runInit({
    directory: io.cwd,
    ...(from === undefined ? {} : { from }),
    ...(file === undefined ? {} : { file }),
    force: flags.has('force'),
    stdout,
  });
  if (context.json) {
    io.out(`${JSON.stringify(result, null, 2)}\n`);
    return EXIT.done;
  }
  const said = renderInit(result, Math.min(io.columns(), 100));
  if (stdout) {
    io.out(result.text);
    io.err(said);
  } else io.out(said);
  return EXIT.done;
}
