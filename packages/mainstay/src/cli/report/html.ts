import { STANDINGS } from '@mainstay/protocol';
import type { Document, Table } from './document.ts';
import type { Report } from './model.ts';
import { escaped, timeline } from './timeline.ts';
import { STATE_WORDS } from './words.ts';

/** One file that needs nothing else: no script, no font, no request. Light and dark as the reader's system is. */
export function html({ title, lead, tables, formulas }: Document, report: Report): string {
  const legend = STANDINGS.map((state) => `<span><i class="${state}"></i>${STATE_WORDS[state]}</span>`).join('\n');
  const rows = [...report.services, ...report.checks];
  const drawn =
    rows.length === 0 ? '' : `<h2>Timeline</h2>\n${timeline(rows, report.period)}\n<p class="legend">${legend}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${lead.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
${drawn}
${tables.map(tableOf).join('\n')}
<h2>How this is computed</h2>
<ul>
${formulas.map((line) => `<li>${escaped(line)}</li>`).join('\n')}
</ul>
</body>
</html>
`;
}

function tableOf({ title, columns, rows, notes }: Table): string {
  const cell = (tag: 'td' | 'th', text: string, at: number): string =>
    `<${tag}${columns[at]?.align === 'right' ? ' class="right"' : ''}>${escaped(text.trim())}</${tag}>`;
  const head = columns.map((column, at) => cell('th', column.title.toLowerCase(), at)).join('');
  const body = rows.map((row) => `<tr>${row.map((text, at) => cell('td', text, at)).join('')}</tr>`);
  return `<h2>${escaped(title)}</h2>
<div class="wide"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>
${notes.map((note) => `<p>${escaped(note)}</p>`).join('\n')}`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #60646c; --paper: #fff; --line: #d9dce1;
  --up: #2f9e5b; --degraded: #d9a514; --down: #cf2f3c; --unknown: #b4b9c2; --maintenance: #4a7fd4; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --quiet: #a0a6b0; --paper: #16181c; --line: #343941;
  --up: #3fb36d; --degraded: #e0b83f; --down: #ef5a63; --unknown: #5b626d; --maintenance: #6c9cf0; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; } .right { text-align: right; }
.wide { overflow-x: auto; }
svg { width: 100%; height: auto; } svg text { fill: var(--text); font: 12px system-ui, sans-serif; } svg .quiet { fill: var(--quiet); }
.legend span { margin-right: 1.2rem; color: var(--quiet); }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; }
.up { fill: var(--up); background: var(--up); } .degraded { fill: var(--degraded); background: var(--degraded); }
.down { fill: var(--down); background: var(--down); } .unknown { fill: var(--unknown); background: var(--unknown); }
.maintenance { fill: var(--maintenance); background: var(--maintenance); }
`;
