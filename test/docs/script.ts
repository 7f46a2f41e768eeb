/**
 * A page that is executed. What a reader does not need stands in comments of the page:
 *
 *     <!-- file NAME … -->     writes a file of the project, before anything runs
 *     <!-- run COMMANDS -->    runs commands where it stands: what broke the system, or what a reader would do in his way
 *
 * Blocks: `sh run` must succeed, `sh run fails` must not, `sh run until` is repeated until it succeeds and shows what it
 * should. A block `text shows` behind one says what its output contains: each line, in this order, `…` for anything.
 */
import type { Page } from './markdown.ts';

export type Step =
  | { kind: 'file'; name: string; text: string }
  | { kind: 'run'; line: number; text: string; mode: Mode; shows: string[] };
type Mode = 'succeeds' | 'fails' | 'until';

/** The steps of a page, files first. */
export function stepsOf(page: Page): Step[] {
  const found: { line: number; step: Step }[] = [];
  for (const match of page.text.matchAll(/^<!-- (file|run) ([^]*?)\s*-->$/gm)) {
    const line = page.text.slice(0, match.index).split('\n').length;
    const body = match[2] ?? '';
    if (match[1] === 'run') {
      found.push({ line, step: { kind: 'run', line, text: body, mode: 'succeeds', shows: [] } });
      continue;
    }
    const [name = '', ...lines] = body.split('\n');
    found.push({ line: 0, step: { kind: 'file', name, text: `${lines.join('\n')}\n` } });
  }
  let last: Extract<Step, { kind: 'run' }> | null = null;
  for (const { line, words, text } of page.fences) {
    const [language, role, how] = words;
    if (language === 'sh' && role === 'run') {
      last = { kind: 'run', line, text, mode: how === 'fails' || how === 'until' ? how : 'succeeds', shows: [] };
      found.push({ line, step: last });
    } else if (language === 'text' && role === 'shows') {
      if (last === null) throw new Error(`${page.path}:${line}: nothing was run that could show this`);
      last.shows.push(...text.split('\n').filter((one) => one.trim() !== ''));
    }
  }
  return found.toSorted((a, b) => a.line - b.line).map(({ step }) => step);
}

/** The first of `lines` that the output does not contain behind those before it; null when all are there. */
export function missing(lines: readonly string[], output: string): string | null {
  const rest = output.split('\n').map(squeezed);
  for (const line of lines) {
    const parts = squeezed(line).split(/ ?… ?/);
    const wanted = new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*'));
    const at = rest.findIndex((one) => wanted.test(one));
    if (at === -1) return line;
    rest.splice(0, at + 1);
  }
  return null;
}

const squeezed = (line: string): string => line.trim().replaceAll(/\s+/g, ' ');
