import { EXIT } from '@mainstay/protocol';
import { COMMANDS } from './commands/index.ts';
import { parse, reportFailure, usage } from './framework/index.ts';
import type { Context, Io } from './framework/index.ts';
import { chooseStyle } from './text/style.ts';

/** Runs one command line. Never rejects: what goes wrong is said on `io`. Returns the exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  let json = before.includes('--json');
  let verbose = before.includes('-v') || before.includes('--verbose');
  let failsWith: number | undefined;
  try {
    const parsed = parse(argv, COMMANDS, (command) => (failsWith = command.failsWith));
    json = parsed.flags.has('json');
    verbose = parsed.flags.has('verbose');
    const context: Context = {
      ...parsed,
      io,
      style: chooseStyle(io.outIsTerminal, io.env, parsed.flags.has('no-color')),
      json,
      verbose,
    };
    if (parsed.flags.has('version')) {
      io.out(`${(await import('./version.ts')).version()}\n`);
      return EXIT.done;
    }
    if (parsed.flags.has('help')) return (await import('./run/help.ts')).show(parsed.command, context);
    if (parsed.command === null) throw usage('cannot guess what to do: no command is given', 'mainstay help');
    return await (await parsed.command.load()).run(context);
  } catch (error) {
    const code = reportFailure(error, io, json, verbose);
    return failsWith ?? code;
  }
}
