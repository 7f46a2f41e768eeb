import type { Style } from '../text/style.ts';
import { padEnd, textWidth, wrap } from '../text/width.ts';
import { GLOBAL_OPTIONS } from './globals.ts';
import type { ArgumentSpec, CommandSpec, Group, OptionSpec } from './types.ts';

/** Headings of the groups, in the order of the list. */
export const GROUPS: Record<Group, string> = {
  run: 'Run services',
  look: 'Look',
  change: 'Change',
  'set up': 'Set up',
};

/** `mainstay help`: what there is. @param width columns */
export function helpOfAll(commands: readonly CommandSpec[], style: Style, width: number): string {
  const parts = [
    'mainstay keeps the services of a self-hosted system up, and proves it.\n',
    `${style('bold', 'Usage:')} mainstay COMMAND [OPTIONS] [ARGUMENTS]\n`,
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    const members = commands.filter((command) => command.group === group);
    if (members.length === 0) continue;
    parts.push(
      section(
        title,
        members.map((command) => [command.name, command.summary] as const),
        style,
        width,
      ),
    );
  }
  parts.push(section('Options of every command', GLOBAL_OPTIONS.map(optionRow), style, width));
  parts.push('mainstay help COMMAND says more, with examples.\n');
  return parts.join('\n');
}

/** `mainstay help COMMAND`. @param width columns */
export function helpOf(command: CommandSpec, style: Style, width: number): string {
  const parts = [`${command.summary}.\n`, `${style('bold', 'Usage:')} ${usageOf(command)}\n`];
  for (const paragraph of command.description ?? []) parts.push(`${wrap(paragraph, width).join('\n')}\n`);
  if (command.arguments.length > 0) {
    parts.push(
      section(
        'Arguments',
        command.arguments.map((one) => [one.name, one.summary] as const),
        style,
        width,
      ),
    );
  }
  if (command.options.length > 0) parts.push(section('Options', command.options.map(optionRow), style, width));
  const shadowed = new Set(command.options.map((option) => option.short));
  const globals = GLOBAL_OPTIONS.map(({ short, ...option }) =>
    short === undefined || shadowed.has(short) ? option : { ...option, short },
  );
  parts.push(section('Options of every command', globals.map(optionRow), style, width));
  const examples = command.examples.map(({ line, what }) => `  ${style('cyan', line)}\n      ${what}\n`);
  parts.push(`${style('bold', 'Examples')}\n${examples.join('')}`);
  if (command.see !== undefined) parts.push(`See also: ${command.see.map((name) => `mainstay ${name}`).join(', ')}\n`);
  return parts.join('\n');
}

/** `mainstay logs [OPTIONS] [SERVICE…]`. */
export function usageOf(command: CommandSpec): string {
  const words = ['mainstay', command.name];
  if (command.options.length > 0) words.push('[OPTIONS]');
  return [...words, ...command.arguments.map(argumentWord)].join(' ');
}

function argumentWord({ name, many, required }: ArgumentSpec): string {
  const word = many ? `${name}…` : name;
  return required ? word : `[${word}]`;
}

/** `-n, --lines N` and its summary. */
export function optionRow(option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return [`${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`, option.summary];
}

function section(title: string, rows: readonly (readonly [string, string])[], style: Style, width: number): string {
  const left = Math.max(...rows.map(([name]) => textWidth(name)));
  const lines = rows.flatMap(([name, summary]) =>
    wrap(summary, width - left - 4).map((line, i) => `  ${padEnd(i === 0 ? name : '', left)}  ${line}`),
  );
  return `${style('bold', title)}\n${lines.join('\n')}\n`;
}
