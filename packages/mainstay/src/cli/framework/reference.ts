import { ERROR_CODES } from '@mainstay/protocol';
import { GLOBAL_OPTIONS } from './globals.ts';
import { GROUPS, optionRow, usageOf } from './help.ts';
import type { CommandSpec, Group } from './types.ts';

const HEAD = `# Commands

\`mainstay COMMAND [OPTIONS] [ARGUMENTS]\`. \`mainstay help COMMAND\` says the same in the terminal.

This page is generated from the definitions of the commands in \`packages/mainstay/src/cli/commands\`.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. With \`--json\` an error is
\`{ "error": { "code", "message", "hint" } }\` on standard output (\`"errors"\` lists them when there are several), with the same exit code.
`;

/** docs/reference/commands.md */
export function commandsReference(commands: readonly CommandSpec[]): string {
  const parts = [HEAD, '## Options of every command\n', rows('option', GLOBAL_OPTIONS.map(optionRow))];
  for (const group of Object.keys(GROUPS) as Group[]) {
    parts.push(`## ${GROUPS[group]}\n`);
    for (const command of commands.filter((one) => one.group === group)) parts.push(section(command));
  }
  parts.push('## Error codes\n', rows('code', Object.entries(ERROR_CODES)));
  return parts.join('\n');
}

function section(command: CommandSpec): string {
  const parts = [`### ${command.name}\n`, `${command.summary}.\n`, `\`${usageOf(command)}\`\n`];
  for (const paragraph of command.description ?? []) parts.push(`${paragraph}\n`);
  if (command.arguments.length > 0) {
    parts.push(
      rows(
        'argument',
        command.arguments.map(({ name, summary }) => [name, summary] as const),
      ),
    );
  }
  if (command.options.length > 0) parts.push(rows('option', command.options.map(optionRow)));
  const examples = command.examples.map(({ line, what }) => `# ${what}\n${line}`);
  parts.push(`\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`);
  if (command.see !== undefined)
    parts.push(`See also: ${command.see.map((name) => `[${name}](#${name})`).join(', ')}.\n`);
  return parts.join('\n');
}

function rows(title: string, entries: readonly (readonly [string, string])[]): string {
  const lines = entries.map(([name, summary]) => `| \`${name.trim()}\` | ${summary.replaceAll('|', '\\|')} |`);
  return [`| ${title} | meaning |`, '|---|---|', ...lines, ''].join('\n');
}
