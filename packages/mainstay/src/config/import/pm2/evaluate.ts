import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sourceError } from '../errors.ts';
import type { Source } from '../types.ts';

/** Milliseconds that an ecosystem file may take; PM2's own users write files that take a few. */
const TIMEOUT = 10_000;

const MARK = '\u0001mainstay\u0001';

/**
 * Runs in a process of its own: loads the file and prints what it exports. Variables that the file
 * asks for and that are not set are reported, because their values would have come from the shell.
 */
const SCRIPT = `
const asked = new Set();
process.env = new Proxy({ ...process.env }, {
  get(target, name) {
    if (typeof name === 'string' && !(name in target)) asked.add(name);
    return Reflect.get(target, name);
  },
});
const answer = (value) => process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(value) + '\\n', () => process.exit(0));
try {
  const loaded = await import(process.argv[1]);
  let value = loaded.default ?? { ...loaded };
  if (typeof value === 'function') value = await value();
  answer({ value: value ?? null, asked: [...asked] });
} catch (error) {
  answer({ error: String(error?.message ?? error), stack: String(error?.stack ?? '') });
}
`;

export interface Evaluated {
  value: unknown;
  /** Variables of the environment that the file asked for and that were not set. */
  asked: string[];
}

/**
 * What an ecosystem file written in JavaScript exports. The file is *run*, in a separate process with
 * an environment of PATH and HOME only, and is ended after ten seconds.
 * @throws MainstayError when it fails, exports nothing that is data, or takes too long
 */
export function evaluate(source: Source, timeout = TIMEOUT): Evaluated {
  const { PATH = '/usr/bin:/bin', HOME = '/' } = process.env;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, pathToFileURL(source.path).href], {
    cwd: dirname(source.path),
    env: { PATH, HOME },
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  const hint = 'try "node -e" on it to see what it does, or write what it exports as ecosystem.config.json';
  if (run.error && 'code' in run.error && run.error.code === 'ETIMEDOUT') {
    throw sourceError(source.label, 1, 1, `running it took more than ${timeout / 1000} s`, hint);
  }
  const line = run.stdout?.split('\n').find((text) => text.startsWith(MARK));
  if (!line) {
    const why = run.stderr?.trim().split('\n').at(-1) || run.error?.message || 'it ended without exporting anything';
    throw sourceError(source.label, 1, 1, `running it failed: ${why}`, hint);
  }
  const answer = JSON.parse(line.slice(MARK.length)) as Evaluated & { error?: string; stack?: string };
  if (answer.error !== undefined) {
    const place = placeOf(answer.stack ?? '', source.path);
    throw sourceError(
      source.label,
      place.line,
      place.column,
      `running it failed: ${answer.error.split('\n')[0]}`,
      hint,
    );
  }
  return answer;
}

/** Line and column from a stack, or from the excerpt that stands above the one of a syntax error. */
function placeOf(stack: string, path: string): { line: number; column: number } {
  const at = stack.indexOf(path);
  const match = at < 0 ? null : /^:(\d+)(?::(\d+)|\n.*\n( *)\^)?/.exec(stack.slice(at + path.length));
  return { line: Number(match?.[1] ?? 1), column: match?.[2] ? Number(match[2]) : (match?.[3]?.length ?? 0) + 1 };
}
