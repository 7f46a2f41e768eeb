import { renderTable, wrap, type Style } from '../text/index.ts';
import type { Document } from './document.ts';

/** For a terminal of that many columns. */
export function text({ title, lead, tables, formulas }: Document, width: number, style: Style): string {
  const folded = (line: string): string => wrap(line, width).join('\n');
  const parts = [[style('bold', title), ...lead.map(folded)].join('\n')];
  for (const table of tables) {
    const rows = table.rows.map((row) => row.map((cell) => ({ text: cell })));
    const body = renderTable(table.columns, rows, width, style).trimEnd();
    parts.push([style('bold', table.title), body, ...table.notes.map(folded)].join('\n'));
  }
  parts.push([style('bold', 'How this is computed'), ...formulas.map(folded)].join('\n'));
  return `${parts.join('\n\n')}\n`;
}
