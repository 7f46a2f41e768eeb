// The page, as text.
const STYLE = `
  :root { color-scheme: light dark; --ink: light-dark(#1d2733, #e6ebf1); --quiet: light-dark(#66727f, #93a0ad);
          --paper: light-dark(#fff, #1a222c); --ground: light-dark(#f2f4f7, #11171e); --line: light-dark(#dde2e8, #2c3743); --accent: #1f7a6d; }
  * { box-sizing: border-box; }
  body { margin: 0; padding: 3rem 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 38rem; margin: auto; }
  h1 { margin: 0 0 .25rem; font-size: 1.9rem; letter-spacing: -.02em; }
  p, small { color: var(--quiet); }
  form.sign, article, aside { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; margin: 1rem 0; }
  form.sign { display: grid; grid-template-columns: 1fr 2fr auto; gap: .5rem; }
  input, button { font: inherit; padding: .5rem .75rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--ground); color: inherit; min-width: 0; }
  button { cursor: pointer; background: var(--accent); border-color: var(--accent); color: #fff; }
  article { display: flex; gap: 1rem; align-items: center; }
  article > div:first-child { flex: none; width: 3rem; height: 3rem; border-radius: .5rem; background: var(--ground); padding: .35rem; }
  article p { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
  aside { display: flex; gap: .5rem; align-items: center; justify-content: space-between; }
  aside form { display: inline; } aside button { background: none; color: #c0392b; border-color: currentColor; }
  @media (max-width: 34rem) { form.sign { grid-template-columns: 1fr; } }`;

/** Text that may stand in HTML. */
export function escape(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(text).replaceAll(/[&<>"']/g, (character) => names[character]);
}

export function page(entries, pid) {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Guestbook</title><style>${STYLE}</style></head>
<body><main>
  <h1>Guestbook</h1>
  <p>Served by process ${pid}. A worker draws the portraits.</p>
  <form class="sign" method="post" action="/entries">
    <input name="name" placeholder="Your name" required maxlength="60">
    <input name="message" placeholder="Say something" required maxlength="400">
    <button>Sign</button>
  </form>
  ${entries.map(entryOf).join('\n  ')}
  <aside><small>Break it, then reload the page.</small><span>
    <form action="/crash"><button>Crash</button></form>
    <form action="/hang"><button>Hang</button></form></span></aside>
</main></body></html>`;
}

function entryOf({ name, message, at, portrait }) {
  const when = new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ');
  // The portrait is drawn by our own worker, from numbers alone.
  return `<article><div>${portrait ?? ''}</div><div><p>${escape(message)}</p><small>${escape(name)}, ${when}</small></div></article>`;
}
