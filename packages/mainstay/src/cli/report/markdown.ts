import type { Document, Table } from './document.ts';

/** GitHub's dialect: https://github.github.com/gfm/#tables-extension- */
export function markdown({ title, lead, tables, formulas }: Document): string {
  const parts = [`# ${escaped(title)}`, lead.map(escaped).join('\n\n')];
  for (const table of tables) parts.push(`## ${escaped(table.title)}`, tableOf(table), ...table.notes.map(escaped));
  parts.push('## How this is computed', formulas.map((line) => `- ${escaped(line)}`).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function tableOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => escaped(cell.trim())).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  return [line(columns.map(({ title }) => title)), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** What Markdown or HTML in it would mean something else than itself. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>&|]/g, (character) => `\\${character}`).replaceAll(/\s+/g, ' ');
}
