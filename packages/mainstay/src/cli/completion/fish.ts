import { GLOBAL_OPTIONS } from '../framework/index.ts';
import type { CommandSpec, OptionSpec } from '../framework/index.ts';
import { argumentWords } from './words.ts';

/** For `mainstay completion fish | source`, or a file in ~/.config/fish/completions. */
export function fish(commands: readonly CommandSpec[]): string {
  const lines = [
    '# Completion of mainstay for fish: mainstay completion fish | source',
    'complete -c mainstay -f',
    ...GLOBAL_OPTIONS.map((option) => optionLine(option, null)),
  ];
  for (const command of commands) {
    lines.push(`complete -c mainstay -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`);
    const condition = `-n '__fish_seen_subcommand_from ${command.name}'`;
    lines.push(...command.options.map((option) => optionLine(option, condition)));
    const { words, names } = argumentWords(command.arguments, commands);
    if (words.length > 0) lines.push(`complete -c mainstay ${condition} -a ${quote(words.join(' '))}`);
    if (names !== null) lines.push(`complete -c mainstay ${condition} -a '(mainstay completion ${names} 2>/dev/null)'`);
  }
  return `${lines.join('\n')}\n`;
}

function optionLine({ name, short, value, summary }: OptionSpec, condition: string | null): string {
  const parts = ['complete -c mainstay'];
  if (condition !== null) parts.push(condition);
  if (short !== undefined) parts.push(`-s ${short}`);
  parts.push(`-l ${name}`);
  if (value !== undefined) parts.push(value === 'FILE' || value === 'DIR' ? '-r -F' : '-x');
  parts.push(`-d ${quote(summary)}`);
  return parts.join(' ');
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
