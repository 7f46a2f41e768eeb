// What a person sees while tests run, the counts, and the last line.
import type { StepResult } from './gate.ts';
import type { FileResult } from './run-file.ts';

export interface Report {
  step(result: StepResult): void;
  file(result: FileResult): void;
  /** Counts a failure that belongs to no single test. */
  failed(what: string, why: string): void;
  /** Prints the last line and returns the exit code. */
  finish(): number;
}

export interface ReportOptions {
  /** A skipped test counts as a failure. */
  readonly ci: boolean;
}

/** Lines of output shown for a file that failed. */
const TAIL = 60;

export function createReport({ ci }: ReportOptions): Report {
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
  const paint = (code: number, text: string): string => (colour ? `\x1b[${String(code)}m${text}\x1b[0m` : text);
  const head = (ok: boolean, name: string, took: number, extra = ''): boolean =>
    say(`${ok ? paint(32, ' ok  ') : paint(31, 'FAIL ')} ${name}${paint(90, `  ${extra}${seconds(took)}`)}`);
  const failures: string[] = [];
  const skippedFiles = new Set<string>();
  let passed = 0;
  let skipped = 0;

  const fail = (name: string, detail: string): void => {
    failures.push(name);
    say(indent(`${paint(31, '✗')} ${name}\n${indent(detail)}`));
  };

  return {
    step(result) {
      head(result.ok, result.name, result.took);
      if (result.ok) passed++;
      else fail(result.name, result.output);
    },
    file(result) {
      const skips = result.records.filter((record) => record.type === 'skip');
      const fails = result.records.filter((record) => record.type === 'fail');
      const count = result.records.filter((record) => record.type === 'pass').length;
      const ok = fails.length === 0 && result.crash === null && !(ci && skips.length > 0);
      passed += count;
      head(ok, result.file, result.took, `${String(count)} tests, `);
      for (const record of result.records) if (record.type === 'note') say(indent(paint(90, record.text)));
      for (const { name, reason } of skips) {
        const why = reason || 'no reason given';
        if (ci) fail(`${result.file} › ${name}`, `skipped: ${why} (nothing may be skipped when CI=true)`);
        else say(indent(paint(33, `- ${name}: skipped: ${why}`)));
      }
      for (const { name, error } of fails) fail(`${result.file} › ${name}`, error);
      if (result.crash !== null) fail(result.file, result.crash);
      if (!ok && result.output.trim() !== '') {
        say(indent(`output of ${result.file}:`));
        say(indent(indent(result.output.trimEnd().split('\n').slice(-TAIL).join('\n'))));
      }
      if (ci || skips.length === 0) return;
      skipped += skips.length;
      skippedFiles.add(result.file);
    },
    failed: fail,
    finish() {
      if (failures.length > 0) say(`\n${paint(31, 'failed:')}\n${indent(failures.join('\n'))}`);
      if (passed + failures.length === 0) fail('tests', 'nothing was run');
      const root = process.getuid?.() === 0 ? '' : 'sudo ';
      const rerun = `${root}npm test -- ${[...skippedFiles].join(' ')}`;
      const skips =
        skipped === 0 ? '' : `, ${String(skipped)} skipped (to run them, see their reasons, then: ${rerun})`;
      say('');
      say(`${String(passed)} passed, ${String(failures.length)} failed${skips}`);
      return failures.length === 0 ? 0 : 1;
    },
  };
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '      ');
