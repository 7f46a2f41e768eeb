/** `mainstay logs`: reads the log files themselves, whether a daemon runs or not. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MainstayError } from '@mainstay/protocol';
import { Follower } from './follow.ts';
import { renderer } from './render.ts';
import type { Position, Selection } from './select.ts';
import { selectLines } from './select.ts';
import { parseSince } from './since.ts';
import type { LogLine } from './source.ts';
import { findSources } from './sources.ts';
import { closeFile } from './source.ts';

const LOOK_MS = 100;
const DEFAULT_LINES = 100;
/** Text is handed on in pieces of about this many characters. */
const PIECE = 64 * 1024;

export interface LogsOptions {
  stateDir: string;
  /** Empty: all. */
  services: readonly string[];
  /** Services of the plan, and how many instances each has; null when it is not at hand. */
  known: ReadonlyMap<string, number> | null;
  follow: boolean;
  /** A number or `all`; null: 100, or with `since` everything since then. */
  lines: string | null;
  /** `10m`, `2h`, `3d` ago, or an ISO 8601 time. */
  since: string | null;
  /** Regular expression. */
  grep: string | null;
  json: boolean;
  /** The time in front of every line. */
  timestamps: boolean;
  /** Colours and readable JSON lines, for a terminal. */
  color: boolean;
  /** Empty: all. */
  instances: readonly number[];
  /** Empty: both. */
  streams: readonly ('out' | 'err')[];
  /** Ends following. */
  signal: AbortSignal;
  /** UTC ms now. */
  now: number;
}

/**
 * Prints lines of logs, merged by time; with `follow`, until the signal.
 *
 * @param out takes text; may be waited for, so that a slow reader slows the reading down
 * @returns the exit code
 * @throws MainstayError `unknown-service` or `usage`
 */
export async function runLogs(options: LogsOptions, out: (text: string) => void | Promise<void>): Promise<number> {
  const sources = findSources(
    path.join(options.stateDir, 'logs'),
    options.services,
    options.known === null ? null : [...options.known.keys()],
  );
  const selection = selectionOf(options);
  const render = renderer({
    ...options,
    services: [...new Set(sources.map(({ service }) => service))],
    instancesOf: options.known ?? new Map(),
  });
  const positions: Position[] = [];
  let text = '';
  for (const line of selectLines(sources, selection, positions)) {
    if (options.signal.aborted) break;
    text += render(line);
    if (text.length < PIECE) continue;
    await out(text);
    text = '';
  }
  if (text !== '') await out(text);
  if (!options.follow) {
    for (const { file } of positions) closeFile(file);
    return 0;
  }
  const followers = sources.map(
    (source) => new Follower(source, positions.find(({ file }) => file.source === source) ?? null),
  );
  try {
    while (!options.signal.aborted) {
      const lines = inOrder(followers.flatMap((follower) => follower.look()));
      const news = lines
        .filter((line) => selection.wanted(line))
        .map(render)
        .join('');
      if (news !== '') await out(news);
      await delay(LOOK_MS, undefined, { signal: options.signal }).catch(() => undefined);
    }
  } finally {
    for (const follower of followers) follower.close();
  }
  return 0;
}

/** Lines without a time stay behind the line they came after. */
function inOrder(lines: LogLine[]): LogLine[] {
  let time = 0;
  return lines
    .map((line) => ({ line, time: (time = line.time ?? time) }))
    .sort((a, b) => a.time - b.time)
    .map(({ line }) => line);
}

function selectionOf(options: LogsOptions): Selection {
  const { grep, instances, streams } = options;
  const pattern = grep === null ? null : compile(grep);
  return {
    lines: linesOf(options),
    since: options.since === null ? null : parseSince(options.since, options.now),
    wanted: (line) =>
      (instances.length === 0 || (line.instance !== null && instances.includes(line.instance))) &&
      (streams.length === 0 || (line.stream !== null && streams.includes(line.stream))) &&
      (pattern === null || pattern.test(line.text)),
  };
}

function linesOf({ lines, since }: LogsOptions): number | null {
  if (lines === null) return since === null ? DEFAULT_LINES : null;
  if (lines === 'all') return null;
  if (/^\d+$/.test(lines)) return Number(lines);
  throw new MainstayError('usage', `cannot show "${lines}" lines: not a number`, 'give a number of lines, or all');
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MainstayError('usage', `cannot search: ${why}`, 'put a backslash before characters meant literally');
  }
}
