import type { Standing } from '@mainstay/protocol';
import type { Period, Span } from '../../core/uptime/figures/index.ts';
import { toTheSecond } from '../text/index.ts';
import type { Row } from './model.ts';
import { STATE_WORDS } from './words.ts';

const WIDTH = 960;
const LEFT = 150;
const ROW = 22;
const BAR = 14;
/** Columns in which a bar is drawn: what is shorter than one is shown as long as one, the worst of it on top. */
const COLUMNS = 800;

const WORST_FIRST: readonly Standing[] = ['down', 'degraded', 'unknown', 'maintenance', 'up'];

/** A picture (SVG) with a bar for each row. */
export function timeline(rows: readonly Row[], period: Period): string {
  const height = rows.length * ROW + 24;
  const bars = rows.map((row, at) => bar(row, at * ROW, period));
  const label = `How ${rows.length} services and checks stood from ${toTheSecond(period.since)} to ${toTheSecond(period.until)}`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(label)}">
${bars.join('\n')}
<text class="quiet" x="${LEFT}" y="${height - 6}">${toTheSecond(period.since)}</text>
<text class="quiet" x="${WIDTH}" y="${height - 6}" text-anchor="end">${toTheSecond(period.until)}</text>
</svg>`;
}

function bar({ name, spans }: Row, y: number, period: Period): string {
  const scale = (WIDTH - LEFT) / COLUMNS;
  const shown = name.length > 20 ? `${name.slice(0, 19)}…` : name;
  const pieces = piecesOf(columnsOf(spans, period)).map(({ state, from, to }) => {
    const [begin, end] = [from, to].map((column) => toTheSecond(momentOf(column, period)));
    const title = `${name}: ${STATE_WORDS[state]}, ${begin} to ${end}`;
    const size = `x="${round(LEFT + from * scale)}" y="${y}" width="${round((to - from) * scale)}" height="${BAR}"`;
    return `<rect class="${state}" ${size}><title>${escaped(title)}</title></rect>`;
  });
  return `<text x="0" y="${y + 11}">${escaped(shown)}</text>${pieces.join('')}`;
}

/** The worst state of each column; null: not watched. */
function columnsOf(spans: readonly Span[], period: Period): (Standing | null)[] {
  const columns: (Standing | null)[] = Array.from({ length: COLUMNS }, () => null);
  const at = (moment: number): number => ((moment - period.since) / (period.until - period.since)) * COLUMNS;
  for (const { state, from, to } of spans) {
    const last = Math.min(COLUMNS, Math.max(Math.ceil(at(to)), Math.floor(at(from)) + 1));
    for (let column = Math.floor(at(from)); column < last; column += 1) {
      const there = columns[column] ?? null;
      if (there === null || WORST_FIRST.indexOf(state) < WORST_FIRST.indexOf(there)) columns[column] = state;
    }
  }
  return columns;
}

function piecesOf(columns: readonly (Standing | null)[]): { state: Standing; from: number; to: number }[] {
  const pieces: { state: Standing; from: number; to: number }[] = [];
  columns.forEach((state, column) => {
    const last = pieces.at(-1);
    if (state !== null && last?.state === state && last.to === column) last.to = column + 1;
    else if (state !== null) pieces.push({ state, from: column, to: column + 1 });
  });
  return pieces;
}

const momentOf = (column: number, { since, until }: Period): number => since + (column / COLUMNS) * (until - since);

const round = (value: number): number => Math.round(value * 100) / 100;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as text in HTML and SVG, also between quotes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
