import { relative } from 'node:path';
import { globMatcher } from './glob.ts';

/** Folders that programs write to, and that nobody edits. */
const FOLDERS = ['node_modules', '.git', '.hg', '.svn', '.mainstay', '__pycache__', '.venv'];

/** What editors and others leave beside a file while it is open. What is gone again when things have settled needs no pattern. */
const COMPANIONS = ['*~', '.*.sw?', '*.swp', '.#*', '#*#', '*.tmp', '*.part', '*.crswap', '*.pyc', '.DS_Store'];

/** Whether a path below `root` is not to be looked at: by the defaults, or by the patterns of the file. */
export function ignorer(root: string, patterns: readonly string[]): (path: string) => boolean {
  const matches = globMatcher([...FOLDERS, ...COMPANIONS, ...patterns]);
  return (path) => path !== root && matches(relative(root, path));
}
