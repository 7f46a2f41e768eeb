import { balanced } from '../errors.ts';
import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { shellCommand } from '../shell.ts';
import { get, text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { Value } from '../types.ts';
import { interpolate } from './interpolate.ts';

/** Docker's own defaults, where they differ from mainstay's (Dockerfile reference, HEALTHCHECK). */
const DOCKER_TIMEOUT = '30s';

/** A compose healthcheck; null when it is switched off or says nothing. */
export function readHealthcheck(tree: Tree, notes: Notes): Record<string, Value> | null {
  const where = tree.at;
  if (text(get(tree, 'disable')) === 'true') return null;
  const target = readTest(get(tree, 'test'), notes);
  if (target === 'none') return null;
  if (target === null) {
    notes.dropped(
      where,
      'healthcheck without test',
      'it changes the check built into the image',
      'write a healthcheck with http, tcp or exec',
    );
    return null;
  }
  const check: Record<string, Value> = { ...target };
  for (const key of ['interval', 'timeout', 'retries', 'start_period', 'start_interval']) {
    const value = text(get(tree, key));
    if (value !== null)
      check[key] = key === 'retries' && /^\d+$/.test(value) ? Number(value) : interpolate(value, where, notes);
  }
  check.timeout ??= DOCKER_TIMEOUT;
  notes.once('healthcheck', () => {
    notes.approximated(
      where,
      'healthcheck',
      'Docker only marks a container unhealthy; mainstay restarts the service',
      'write on_failure: alert where it should only be reported',
    );
  });
  return check;
}

function readTest(tree: Tree | undefined, notes: Notes): Record<string, Value> | 'none' | null {
  if (!tree) return null;
  const where = tree.at;
  const words = texts(tree).map((word) => interpolate(word, where, notes));
  if (tree.kind === 'scalar') return fromShell(text(tree) ?? '', where, notes);
  const [form, ...rest] = words;
  if (form === 'NONE') return 'none';
  if (form === 'CMD-SHELL') return fromShell(texts(tree)[1] ?? '', where, notes);
  if (form === 'CMD') return fromWords(rest, where, notes);
  return null;
}

function fromShell(line: string, where: string, notes: Notes): Record<string, Value> {
  // compose has replaced its own variables before a shell sees the line; `$$` is the shell's own `$`.
  const inner = interpolate(line, where, notes);
  const alternative = inner.replace(/\s*\|\|\s*(?:exit 1|false)\s*$/, '');
  if (!inner.includes('$')) {
    const shell = balanced(where, 'test', () => shellCommand(alternative));
    if (!shell.shell && Object.keys(shell.environment).length === 0 && shell.directory === null) {
      return fromWords(shell.command, where, notes);
    }
  }
  return { exec: ['sh', '-c', inner] };
}

/** `curl -f URL` and `wget --spider URL` become an http check: no program has to be there for it. */
function fromWords(words: string[], where: string, notes: Notes): Record<string, Value> {
  const [program, ...rest] = words;
  const options = rest.filter((word) => word.startsWith('-'));
  const targets = rest.filter((word) => !word.startsWith('-'));
  const url = targets[0];
  const quiet =
    /^(?:-[fsSLqI]+|--fail|--silent|--show-error|--head|--location|--spider|--quiet|--tries=\d+|--no-verbose|-nv|-O-?|-qO-)$/;
  const simple = targets.length === 1 || (targets.length === 2 && targets[1] === '/dev/null');
  if ((program === 'curl' || program === 'wget') && url && simple && options.every((option) => quiet.test(option))) {
    const address = /^https?:\/\//.test(url) ? url : `http://${url}`;
    notes.approximated(
      where,
      `healthcheck test ${brief(words.join(' '))}`,
      `mainstay asks the URL itself, without ${program}`,
      'nothing; the port must be the one on which the service listens here',
    );
    return { http: address };
  }
  return { exec: words };
}
