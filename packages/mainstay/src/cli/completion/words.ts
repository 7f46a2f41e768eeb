import { GLOBAL_OPTIONS, NAMES_OF } from '../framework/index.ts';
import type { ArgumentSpec, CommandSpec, NamesOf, OptionSpec } from '../framework/index.ts';

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

/** What may stand as the next argument: fixed words, names of commands, and which names of the project. */
export function argumentWords(
  args: readonly ArgumentSpec[],
  commands: readonly CommandSpec[],
): { words: string[]; names: NamesOf | null } {
  const words: string[] = [];
  let names: NamesOf | null = null;
  for (const { completes } of args) {
    if (completes === 'commands') words.push(...commands.map(({ name }) => name));
    else if (isNames(completes)) names = completes;
    else if (completes !== undefined) words.push(...completes);
  }
  return { words, names };
}

function isNames(completes: ArgumentSpec['completes']): completes is NamesOf {
  return NAMES_OF.some((one) => one === completes);
}

/** Spellings of the global options that take a value: the word after one is not the command. */
export function globalsWithValue(): string[] {
  return GLOBAL_OPTIONS.filter(({ value }) => value !== undefined).flatMap(spellings);
}
