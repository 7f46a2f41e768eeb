// The kept result of a whole campaign: a JSON file for programs and a page for people.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { CampaignResult } from './run.ts';

/** Writes docs/evidence/NAME.json and NAME.md; returns their paths below the root. */
export function writeEvidence(root: string, result: CampaignResult): readonly string[] {
  const commit = commitOf(root);
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const machine = `${String(cpus().length)} × ${model}, ${String(Math.round(totalmem() / 2 ** 30))} GiB, Linux ${release()}, Node ${process.versions.node}`;
  const { name, what, seed, seconds, counts, failures, notes = [] } = result;

  const rows = Object.entries(counts).map(([key, count]) => `| ${key} | ${count.toLocaleString('en')} |`);
  const page = [
    `# Campaign ${name}`,
    '',
    what,
    '',
    `Run on ${date} at commit ${commit} with seed ${String(seed)} in ${String(seconds)} s on ${machine}.`,
    `Repeat it: \`npm run campaign ${name} -- --seed ${String(seed)}\``,
    '',
    '| counted | |',
    '| --- | ---: |',
    ...rows,
    '',
    failures.length === 0 ? 'No failure.' : `${String(failures.length)} failures:`,
    ...failures.map((failure) => `- ${failure.split('\n')[0] ?? ''}`),
    '',
    ...notes.map((note) => `- ${note}`),
    ...(notes.length === 0 ? [] : ['']),
  ];
  const base = `docs/evidence/${name}`;
  mkdirSync(join(root, 'docs/evidence'), { recursive: true });
  writeFileSync(
    join(root, `${base}.json`),
    `${JSON.stringify({ name, what, seed, commit, date, machine, seconds, counts, failures, notes }, null, 2)}\n`,
  );
  writeFileSync(join(root, `${base}.md`), page.join('\n'));
  return [`${base}.json`, `${base}.md`];
}

/** The commit, marked when the files are not those of it. */
function commitOf(root: string): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', '.', ':!docs/evidence') !== '';
  return `${git('rev-parse', 'HEAD')}${changed ? ' with changes' : ''}`;
}
