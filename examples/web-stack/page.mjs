// The page, as text.
const STYLE = `
  :root { color-scheme: light dark; }
  body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
  form { display: flex; gap: .5rem; } textarea { flex: 1; font: inherit; padding: .5rem; border-radius: .5rem; }
  button { font: inherit; padding: .5rem 1rem; border: 0; border-radius: .5rem; background: #2a5bd7; color: #fff; cursor: pointer; }
  table { width: 100%; margin-top: 1.5rem; border-collapse: collapse; } td, th { padding: .4rem .5rem; text-align: left; border-bottom: 1px solid #8884; }
  td:first-child { overflow-wrap: anywhere; } td:nth-child(2) { text-align: right; } small { opacity: .7; }`;

function escape(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => names[character]);
}

export function page(rows, waiting) {
  const lines = rows.map(
    ({ text, words, counted_at: at }) =>
      `<tr><td>${escape(text.slice(0, 120))}</td><td>${words}</td><td><small>${at.toISOString().slice(11, 19)}</small></td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Words</title><style>${STYLE}</style></head>
<body>
  <h1>Words</h1>
  <p>nginx hands this to the app, the app hands a text to Redis, the worker counts its words and writes them to PostgreSQL. Waiting: ${waiting}.</p>
  <form method="post" action="/texts"><textarea name="text" rows="2" required placeholder="Some words"></textarea><button>Count</button></form>
  <table><tr><th>text</th><th>words</th><th></th></tr>${lines.join('')}</table>
</body></html>`;
}
