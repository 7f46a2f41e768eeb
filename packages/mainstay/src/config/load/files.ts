import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDotenv } from '../../core/template/index.ts';
import type { Place, Report } from './report.ts';

/** Why a file could not be read, in words. */
export function readFailure(error: unknown): { code: string; reason: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    ENOTDIR: 'no such file',
    EISDIR: 'it is a directory',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'its symbolic links go round in a circle',
  };
  return { code, reason: words[code] ?? (error instanceof Error ? error.message : String(error)) };
}

/** Reads UTF-8 text; bytes that are none are refused, because nobody would see them otherwise. */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
}

/** Variables of an environment file; `missing` when there is none. */
export interface EnvFile {
  values: Record<string, string>;
  missing: boolean;
}

/** Reads each environment file once, however many services name it. */
export class EnvFiles {
  private readonly report: Report;
  private readonly read = new Map<string, EnvFile>();

  constructor(report: Report) {
    this.report = report;
  }

  /**
   * @param file absolute
   * @param shown how messages name it
   * @param place where mainstay.yaml names it; null for the `.env` beside it
   */
  async load(file: string, shown: string, place: Place | null): Promise<EnvFile> {
    const known = this.read.get(file);
    if (known !== undefined) return known;
    const loaded = await this.open(file, shown, place);
    this.read.set(file, loaded);
    return loaded;
  }

  private async open(file: string, shown: string, place: Place | null): Promise<EnvFile> {
    let text: string;
    try {
      text = await readText(file);
    } catch (error) {
      const { code, reason } = readFailure(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return { values: {}, missing: true };
      const at = place ?? { file: shown, line: null, column: null, path: '' };
      this.report.add(at, place === null ? reason : `cannot read ${JSON.stringify(shown)}: ${reason}`);
      return { values: {}, missing: false };
    }
    const { values, problems } = parseDotenv(text);
    for (const { line, reason } of problems) {
      this.report.add(
        { file: shown, line, column: 1, path: '' },
        `the line ${reason}`,
        'write NAME=value, or start it with # as a comment',
      );
    }
    return { values, missing: false };
  }
}

/** How a file that mainstay.yaml names is shown: beside `mainFile` as the person gave it. */
export function shownBeside(mainFile: string, written: string): string {
  return path.isAbsolute(written) ? written : path.join(path.dirname(mainFile), written);
}
