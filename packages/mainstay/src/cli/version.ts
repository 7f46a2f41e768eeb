import { readFileSync } from 'node:fs';

/** The version of this mainstay: from package.json, two levels up in the sources and one in the bundle. */
export function version(): string {
  const here = import.meta.url;
  const url = new URL(here.endsWith('.ts') ? '../../package.json' : '../package.json', here);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
