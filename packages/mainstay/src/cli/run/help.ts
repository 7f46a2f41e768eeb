import { EXIT } from '@mainstay/protocol';
import { COMMANDS } from '../commands/index.ts';
import { helpOf, helpOfAll } from '../framework/help.ts';
import { unknownCommand } from '../framework/index.ts';
import type { CommandSpec, Context } from '../framework/index.ts';

export async function run(context: Context): Promise<number> {
  const [name] = context.args;
  if (name === undefined) return show(null, context);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw unknownCommand(name, COMMANDS);
  return show(command, context);
}

/** Prints the help of a command; null: of all. */
export function show(command: CommandSpec | null, { io, style }: Pick<Context, 'io' | 'style'>): number {
  const width = Math.min(io.columns(), 100);
  io.out(command === null ? helpOfAll(COMMANDS, style, width) : helpOf(command, style, width));
  return EXIT.done;
}
