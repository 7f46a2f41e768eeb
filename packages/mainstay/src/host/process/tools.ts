import { statOf } from './program.ts';

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const found = new Map<string, string>();

/** Full path of a tool of the system, wherever the service's own PATH points; null when it is not installed. */
export function systemTool(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = DIRECTORIES.map((directory) => `${directory}/${name}`).find((candidate) => statOf(candidate) !== null);
  if (path !== undefined) found.set(name, path);
  return path ?? null;
}
