/** `mainstay init`: writes a commented mainstay.yaml, or one made from another supervisor's file. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Note } from '../../config/import/index.ts';
import { noteLines } from './notes.ts';
import { existsAlready, writeWhole } from './write.ts';

export interface InitOptions {
  /** Absolute directory in which the person is. */
  directory: string;
  /** File to write, or its directory, relative to `directory`; mainstay.yaml by default. */
  file?: string;
  /** File or directory of another supervisor. */
  from?: string;
  /** Replace an existing file. */
  force?: boolean;
  /** Write nothing: the text is what the person wants (`--stdout`, `--dry-run`). */
  stdout?: boolean;
}

export interface InitResult {
  /** Content of mainstay.yaml. */
  text: string;
  /** Path of the file that was written, as messages name it; null when none was. */
  written: string | null;
  /** What could not be carried over exactly. */
  notes: Note[];
  /** Files of other supervisors that lie in the directory and were not read, as messages name them. */
  others: string[];
}

/**
 * Makes mainstay.yaml. An existing file is replaced only with `force`, and always as a whole.
 * @throws MainstayError `refused` (it exists), `usage` (unknown source), `config` (malformed source)
 */
export async function runInit(options: InitOptions): Promise<InitResult> {
  const directory = realpathSync(options.directory);
  const named = resolve(directory, options.file ?? 'mainstay.yaml');
  const path = statSync(named, { throwIfNoEntry: false })?.isDirectory() ? join(named, 'mainstay.yaml') : named;
  const label = relative(directory, path).startsWith('..') ? path : relative(directory, path);
  if (!options.stdout && !options.force && existsSync(path)) throw existsAlready(label);
  const { secrets, ...made } =
    options.from === undefined
      ? await fresh(directory, dirname(path))
      : await imported(options.from, directory, dirname(path));
  if (!options.stdout) writeWhole(path, made.text, label, { force: options.force ?? false, secret: secrets });
  return { ...made, written: options.stdout ? null : label };
}

/** What is to be written; `secrets`: for its owner only. */
type Made = Omit<InitResult, 'written'> & { secrets: boolean };

async function fresh(directory: string, target: string): Promise<Made> {
  const [{ filesOf, lookForProgram }, { starter }, { knownFiles }] = await Promise.all([
    import('./look.ts'),
    import('./starter.ts'),
    import('../../config/import/index.ts'),
  ]);
  const files = filesOf(target);
  const text = starter(projectName(target), lookForProgram(target), files.includes('.env'));
  const others = [...knownFiles(target, files.toSorted()).values()].flat().map((file) => relative(directory, file));
  return { text, notes: [], others, secrets: false };
}

async function imported(from: string, directory: string, target: string): Promise<Made> {
  const [{ importFrom }, { importedDocument }] = await Promise.all([
    import('../../config/import/index.ts'),
    import('./document.ts'),
  ]);
  const result = importFrom(from, directory, target);
  return {
    text: importedDocument(result, from, projectName(target)),
    notes: result.notes,
    others: [],
    secrets: result.secrets,
  };
}

function projectName(directory: string): string {
  return (
    basename(directory)
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'project'
  );
}

/** What the person reads after `mainstay init`; with `--stdout` this belongs on standard error. */
export function renderInit(result: InitResult, width = 80): string {
  const lines: string[] = [];
  if (result.notes.length > 0) lines.push(...noteLines(result.notes, width), '');
  if (result.written !== null) lines.push(`Wrote ${result.written}.`);
  for (const other of result.others) {
    lines.push(`There is ${other}: "mainstay init --from ${other} --force" makes mainstay.yaml from it.`);
  }
  if (result.written !== null) lines.push('Next: "mainstay config" checks it, "mainstay up" starts it.');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
