import { GLOBAL_OPTIONS } from '../framework/index.ts';
import type { ArgumentSpec, CommandSpec, OptionSpec } from '../framework/index.ts';

/** Every option that a command understands; the command's own win over global ones of the same letter. */
export function optionsFor(command: CommandSpec): OptionSpec[] {
  const taken = new Set(command.options.flatMap(({ short }) => short ?? []));
  const globals = GLOBAL_OPTIONS.map(({ short, ...option }) =>
    short === undefined || taken.has(short) ? option : { ...option, short },
  );
  return [...command.options, ...globals];
}

/** How an option is written: `-f`, `--file`. */
export function spellings({ name, short }: OptionSpec): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

/** What may stand as the next argument: fixed words, names of commands, whether services too. */
export function argumentWords(
  args: readonly ArgumentSpec[],
  commands: readonly CommandSpec[],
): { words: string[]; services: boolean } {
  const words: string[] = [];
  let services = false;
  for (const { completes } of args) {
    if (completes === 'services') services = true;
    else if (completes === 'commands') words.push(...commands.map(({ name }) => name));
    else if (completes !== undefined) words.push(...completes);
  }
  return { words, services };
}

/** Spellings of the global options that take a value: the word after one is not the command. */
export function globalsWithValue(): string[] {
  return GLOBAL_OPTIONS.filter(({ value }) => value !== undefined).flatMap(spellings);
}
