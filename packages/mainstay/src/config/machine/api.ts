import { readFile } from 'node:fs/promises';
import { parseKeys } from '../../core/access/index.ts';
import type { Plan } from '../../core/plan/index.ts';
import type { Places } from '../load/report.ts';
import type { Problem } from '../problem.ts';

/** Whoever can reach the machine can ask: beyond loopback there must be a key that tells people apart from strangers. */
export async function checkApi({ api }: Plan, places: Places): Promise<Problem[]> {
  if (api === null || isLoopback(api.host)) return [];
  const text = await readFile(api.keysFile, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') {
    const why = text.code === 'ENOENT' ? `there are none in ${api.keysFile}` : `they cannot be read: ${text.message}`;
    return [problem(places, why)];
  }
  const { keys, badLines } = parseKeys(text);
  if (badLines.length > 0) {
    const place = places.value(['api', 'keys_file']);
    const reason = `line ${badLines[0]} of ${api.keysFile} is no key`;
    return [{ ...place, reason, hint: 'remove the line, then mainstay keys add NAME' }];
  }
  return keys.length > 0 ? [] : [problem(places, `there are none in ${api.keysFile}`)];
}

function problem(places: Places, why: string): Problem {
  const reason = `reaches beyond this machine, which needs keys, and ${why}`;
  return { ...places.value(['api', 'listen']), reason, hint: 'mainstay keys add NAME, or listen on 127.0.0.1' };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}
