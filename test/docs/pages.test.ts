/** What the pages mention exists: files, headings, commands with these options, and every example loads. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../packages/mainstay/src/cli/commands/index.ts';
import { parse } from '../../packages/mainstay/src/cli/framework/index.ts';
import { loadPlan } from '../../packages/mainstay/src/config/index.ts';
import { loadMonitor } from '../../packages/mainstay/src/config/load/monitor.ts';
import { CHECKS } from '../../packages/mainstay/src/registry/checks.ts';
import { NOTIFIERS } from '../../packages/mainstay/src/registry/notifiers.ts';
import { anchors, codeSpans, localLinks, pages, readPage, root, type Page } from './markdown.ts';

/** Command lines of `mainstay` on a page: those of its shell blocks, and code spans, which may leave arguments out. */
function commandLines(page: Page): { line: number; text: string; whole: boolean }[] {
  const blocks = page.fences.filter(({ words }) => words[0] === 'sh');
  const lines = blocks.flatMap(({ line, text }) =>
    text
      .split('\n')
      .map((one, index) => ({ line: line + 1 + index, text: one.replace(/(^|\s)#.*$/, ''), whole: true })),
  );
  const spans = codeSpans(page).map((span) => ({ ...span, whole: false }));
  return [...lines, ...spans].flatMap(({ text, ...place }) =>
    text
      .split(/\||&&|\|\||;|>|\$\(|<\(/)
      .map((part) => part.trim())
      .filter((part) => /^mainstay [a-z-]/.test(part))
      .map((part) => ({ ...place, text: part })),
  );
}

/** Words as a shell splits them, as far as the pages need it. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

describe('every page', () => {
  // The generated ones are made from the definitions, and have tests of their own.
  const written = pages().filter(({ path }) => !path.startsWith('docs/reference/'));
  for (const page of written) {
    it(`${page.path}: links lead somewhere`, () => {
      for (const { line, path, anchor } of localLinks(page)) {
        assert.ok(existsSync(join(root, path)), `${page.path}:${line}: there is no ${path}`);
        if (anchor === null) continue;
        assert.ok(anchors(readPage(path)).has(anchor), `${page.path}:${line}: ${path} has no heading #${anchor}`);
      }
    });

    it(`${page.path}: commands exist, with these options`, () => {
      for (const { line, text, whole } of commandLines(page)) {
        const argv = words(text)
          .slice(1)
          .map((word) => word.replace(/[)"]+$/, ''));
        const asked = whole ? argv : [...argv, '--help'];
        assert.doesNotThrow(() => parse(asked, COMMANDS), `${page.path}:${line}: ${text}`);
      }
    });
  }

  it('mentions commands at all', () => {
    assert.ok(written.flatMap(commandLines).length > 100);
  });
});

describe('examples of mainstay.yaml', () => {
  // A generated page shows parts of a healthcheck, a decision record what might be.
  const own = pages().filter(({ path }) => !/^docs\/(reference|adr)\//.test(path));
  for (const page of own) {
    for (const { line, words: info, text } of page.fences) {
      if (info[0] !== 'yaml') continue;
      if (info[1] === 'monitor') {
        it(`${page.path}:${line} is read by the monitor`, async () => {
          const folder = mkdtempSync(join(tmpdir(), 'mainstay-docs-'));
          try {
            const file = join(folder, 'monitor.yaml');
            writeFileSync(file, text);
            const env = Object.fromEntries(
              [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, '0123456789abcdef']),
            );
            const { problems } = await loadMonitor({ file, env, kinds: CHECKS, notifiers: NOTIFIERS });
            assert.deepEqual(problems, []);
          } finally {
            rmSync(folder, { recursive: true });
          }
        });
        continue;
      }
      it(`${page.path}:${line} is read by the loader`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'mainstay-docs-'));
        try {
          const file = join(folder, 'mainstay.yaml');
          writeFileSync(file, text);
          const { plan, problems } = await loadPlan({ file, env: {}, kinds: CHECKS, notifiers: NOTIFIERS });
          assert.deepEqual(problems, []);
          assert.ok(plan!.services.length > 0);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
  }

  it("the README's is ten lines long", () => {
    const [example] = readPage('README.md').fences.filter(({ words: info }) => info[0] === 'yaml');
    assert.equal(example!.text.trimEnd().split('\n').length, 10);
  });
});
