/**
 * The pages that people read, taken apart for the tests of this folder: each test holds a page to what it says.
 *
 * A fenced block `sh run` is executed (script.ts says how); `sh` alone is only checked for commands that exist.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A fenced block. */
export interface Fence {
  /** Line of the opening fence, from 1. */
  line: number;
  /** The words after the backticks. */
  words: string[];
  text: string;
}

export interface Page {
  /** Relative to the root. */
  path: string;
  text: string;
  fences: Fence[];
  /** The text with its fenced blocks blanked, line by line. */
  prose: string;
}

/** Every page but the generated ones and those under dependencies. */
export function pages(): Page[] {
  const patterns = ['*.md', 'docs/**/*.md', 'examples/*/*.md'];
  return globSync(patterns, { cwd: root }).toSorted().map(readPage);
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const fences: Fence[] = [];
  let open: Fence | null = null;
  const prose = text.split('\n').map((line, index) => {
    const mark = /^```(.*)$/.exec(line);
    if (open !== null) {
      if (mark === null) open.text += `${line}\n`;
      else open = null;
      return '';
    }
    if (mark === null) return line;
    open = { line: index + 1, words: (mark[1] ?? '').split(' ').filter(Boolean), text: '' };
    fences.push(open);
    return '';
  });
  return { path, text, fences, prose: prose.join('\n') };
}

/** Code spans of the prose, with their lines. */
export function codeSpans(page: Page): { line: number; text: string }[] {
  return page.prose
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/`([^`]+)`/g)].map((match) => ({ line: index + 1, text: match[1] ?? '' })),
    );
}

/** Links to files of the repository: `path` relative to the root, empty for the page itself. */
export function localLinks(page: Page): { line: number; path: string; anchor: string | null }[] {
  const links: { line: number; path: string; anchor: string | null }[] = [];
  page.prose.split('\n').forEach((line, index) => {
    for (const [, target = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor = null] = target.split('#');
      links.push({
        line: index + 1,
        path: path === '' ? page.path : normalize(join(dirname(page.path), path)),
        anchor,
      });
    }
  });
  return links;
}

/** Anchors of a page's headings, made as GitHub makes them. */
export function anchors(page: Page): Set<string> {
  const headings = page.prose.split('\n').filter((line) => /^#{1,6} /.test(line));
  return new Set(
    headings.map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
