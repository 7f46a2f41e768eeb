import { MainstayError } from '@mainstay/protocol';
import { GLOBAL_OPTIONS } from './globals.ts';
import { nearest } from '../../config/nearest.ts';
import type { CommandSpec, Invocation, OptionSpec } from './types.ts';

export interface Parsed extends Invocation {
  command: CommandSpec | null;
}

/**
 * Reads a command line. Options of every command may stand anywhere; a command's own ones after its
 * name, where they win over one of the same letter (`mainstay -f FILE logs -f`).
 *
 * @param found told of the command as soon as it is known, also when something after it is wrong
 * @throws MainstayError `usage`, naming the nearest thing that exists
 */
export function parse(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  found: (command: CommandSpec) => void = () => undefined,
): Parsed {
  const args: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let command: CommandSpec | null = null;
  const rest = [...argv];

  const take = (spec: OptionSpec, shown: string, attached: string | null): void => {
    if (spec.value === undefined) {
      if (attached !== null) throw usage(`cannot use ${shown}: it takes no value`, `${shown} alone`);
      flags.add(spec.name);
      return;
    }
    const value = attached ?? rest.shift();
    if (value === undefined) {
      throw usage(`cannot use ${shown}: its value is missing`, `${shown} ${spec.value}`);
    }
    if (spec.choices !== undefined && !spec.choices.includes(value)) {
      throw usage(`cannot use ${shown} ${value}: it must be ${alternatives(spec.choices)}`, null);
    }
    values.set(spec.name, value);
  };

  while (rest.length > 0) {
    const token = rest.shift() ?? '';
    if (token === '--') {
      args.push(...rest.splice(0));
    } else if (token.startsWith('--')) {
      const equals = token.indexOf('=');
      const name = equals === -1 ? token.slice(2) : token.slice(2, equals);
      const spec = optionsOf(command).find((option) => option.name === name);
      if (spec === undefined) throw unknownOption(`--${name}`, command);
      take(spec, `--${name}`, equals === -1 ? null : token.slice(equals + 1));
    } else if (token.startsWith('-') && token.length > 1) {
      takeShort(token.slice(1), command, take);
    } else if (command === null) {
      command = commands.find((candidate) => candidate.name === token) ?? null;
      if (command === null) throw unknownCommand(token, commands);
      found(command);
    } else {
      args.push(token);
    }
  }
  if (command !== null && !flags.has('help') && !flags.has('version')) checkArguments(command, args);
  return { command, args, flags, values };
}

function takeShort(
  letters: string,
  command: CommandSpec | null,
  take: (spec: OptionSpec, shown: string, attached: string | null) => void,
): void {
  for (let i = 0; i < letters.length; i++) {
    const letter = letters.charAt(i);
    const spec = optionsOf(command).find((option) => option.short === letter);
    if (spec === undefined) throw unknownOption(`-${letter}`, command);
    if (spec.value === undefined) {
      take(spec, `-${letter}`, null);
    } else {
      const attached = letters.slice(i + 1);
      take(spec, `-${letter}`, attached === '' ? null : attached.replace(/^=/, ''));
      return;
    }
  }
}

/** The options that count at this point: the command's own first. */
function optionsOf(command: CommandSpec | null): readonly OptionSpec[] {
  return command === null ? GLOBAL_OPTIONS : [...command.options, ...GLOBAL_OPTIONS];
}

function checkArguments(command: CommandSpec, args: readonly string[]): void {
  const required = command.arguments.filter((argument) => argument.required);
  const missing = required[args.length];
  if (missing !== undefined) {
    throw usage(`cannot run ${command.name}: ${missing.name} is missing`, `mainstay help ${command.name}`);
  }
  const last = command.arguments.at(-1);
  const extra = args[command.arguments.length];
  if (extra !== undefined && last?.many !== true) {
    throw usage(`cannot run ${command.name}: "${extra}" is one argument too many`, `mainstay help ${command.name}`);
  }
}

/** An error of usage; exit code 2. */
export function usage(what: string, hint: string | null): MainstayError {
  return new MainstayError('usage', what, hint);
}

/** The error for a name that is no command. */
export function unknownCommand(name: string, commands: readonly CommandSpec[]): MainstayError {
  const near = nearest(
    name,
    commands.map((command) => command.name),
  );
  return usage(`cannot run "${name}": there is no such command`, near === null ? 'mainstay help' : `mainstay ${near}`);
}

function unknownOption(shown: string, command: CommandSpec | null): MainstayError {
  const near = shown.startsWith('--')
    ? nearest(
        shown.slice(2),
        optionsOf(command).map((option) => option.name),
      )
    : null;
  const whose = command === null ? 'mainstay' : `mainstay ${command.name}`;
  const help = command === null ? 'mainstay help' : `mainstay help ${command.name}`;
  return usage(`cannot use ${shown}: "${whose}" has no such option`, near === null ? help : `--${near}`);
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
