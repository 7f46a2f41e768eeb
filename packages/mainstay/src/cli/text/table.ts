import type { Style } from './style.ts';
import type { Colour } from './style.ts';
import { oneLine, padEnd, padStart, textWidth, truncate, truncateMiddle } from './width.ts';

export interface Column {
  title: string;
  align?: 'right';
  /** May be cut down to this many columns when the table is too wide; absent: never cut. */
  shrinkTo?: number;
  /** Where a text that is too long is cut; default: at its end. */
  cut?: 'middle';
}

export interface Cell {
  text: string;
  colour?: Colour;
}

const GAP = '  ';

/**
 * A table in at most `width` columns: columns that may shrink are cut, the last such one first.
 * A column whose cells are all empty is left out.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  style: Style,
): string {
  const cells = rows.map((row) => row.map((cell) => ({ ...cell, text: oneLine(cell.text) })));
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ index }) => rows.length === 0 || cells.some((row) => (row[index]?.text ?? '') !== ''));
  const widths = shown.map(({ column, index }) =>
    Math.max(column.title.length, ...cells.map((row) => textWidth(row[index]?.text ?? ''))),
  );
  shrink(
    widths,
    shown.map(({ column }) => column.shrinkTo),
    width - GAP.length * (shown.length - 1),
  );

  const line = (texts: readonly Cell[]): string =>
    texts
      .map((cell, position) => {
        const columnWidth = widths[position] ?? 0;
        const cut = (shown[position]?.column.cut === 'middle' ? truncateMiddle : truncate)(cell.text, columnWidth);
        const padded =
          shown[position]?.column.align === 'right' ? padStart(cut, columnWidth) : padEnd(cut, columnWidth);
        return cell.colour === undefined ? padded : style(cell.colour, padded);
      })
      .join(GAP)
      .trimEnd();

  const lines = [line(shown.map(({ column }) => ({ text: column.title, colour: 'bold' })))];
  for (const row of cells) lines.push(line(shown.map(({ index }) => row[index] ?? { text: '' })));
  return `${lines.join('\n')}\n`;
}

function shrink(widths: number[], limits: readonly (number | undefined)[], available: number): void {
  let excess = widths.reduce((sum, one) => sum + one, 0) - available;
  for (let i = widths.length - 1; i >= 0 && excess > 0; i--) {
    const limit = limits[i];
    const now = widths[i] ?? 0;
    if (limit === undefined || now <= limit) continue;
    const cut = Math.min(excess, now - limit);
    widths[i] = now - cut;
    excess -= cut;
  }
}
