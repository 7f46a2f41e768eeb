import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { MainstayError } from '@mainstay/protocol';
import type { Plan } from '../../core/plan/index.ts';
import { readJson } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import type { Project } from '../project/locate.ts';
import { checkNames } from '../project/names.ts';
import { oneLine } from '../text/index.ts';
import { crashLines, named, newestCrash } from './crashes.ts';

const EVENTS = 10;
const LINES = 20;

/**
 * What the state directory still tells about a service when no daemon runs: the newest events and
 * lines. Returns the exit code of `noDaemon`, which is said first.
 */
export async function explainFromFiles(
  name: string,
  project: Project,
  noDaemon: MainstayError,
  context: Context,
): Promise<number> {
  const plan = readJson<Plan>(join(project.stateDir, 'plan.json'));
  const { service, instance } = named(name);
  if (!/^[\w-]+$/.test(service))
    throw new MainstayError('unknown-service', `cannot explain ${name}: that is no name of a service`);
  const isCheck = plan?.checks?.some((check) => check.name === name) === true;
  if (plan !== null && !isCheck) checkNames([service], plan, 'explain');
  const mentions = new RegExp(`(^|[^\\w-])${service}([^\\w-]|$)`);
  const events = tail(join(project.stateDir, 'logs', 'events.log'), 256 * 1024)
    .filter((line) => mentions.test(line))
    .slice(-EVENTS);
  const lines = await lastLines(project.stateDir, service);
  const crash = newestCrash(project.stateDir, service, instance);
  const { io, style } = context;
  if (context.json) {
    io.out(
      `${JSON.stringify({ name, daemon: null, error: noDaemon.toJSON(), events, last_lines: lines, crash }, null, 2)}\n`,
    );
    return noDaemon.exitCode;
  }
  io.err(`mainstay: ${noDaemon.message}\n  try: ${noDaemon.hint ?? ''}\n`);
  if (events.length > 0) {
    io.out(`${style('bold', `What was last known of ${name}`)}\n`);
    for (const line of events) io.out(`  ${oneLine(line)}\n`);
  }
  if (crash !== null) io.out(`${crashLines(crash, context).slice(1).join('\n')}\n`);
  if (lines.length > 0) {
    io.out(`${style('bold', `The last lines of ${service}`)}\n`);
    for (const line of lines) io.out(`  ${style('grey', '|')} ${oneLine(line)}\n`);
  }
  return noDaemon.exitCode;
}

/** The last lines of a service, from its one log or its two. */
async function lastLines(stateDir: string, service: string): Promise<string[]> {
  const { runLogs } = await import('../logs/index.ts');
  let text = '';
  await runLogs(
    {
      stateDir,
      services: [service],
      known: new Map([[service, 1]]),
      follow: false,
      lines: String(LINES),
      since: null,
      grep: null,
      json: true,
      timestamps: false,
      color: false,
      instances: [],
      streams: [],
      signal: new AbortController().signal,
      now: 0,
    },
    (piece) => void (text += piece),
  );
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { text: string }).text);
}

/** The last whole lines of a file, from at most `bytes` bytes; none when it is not there. */
function tail(path: string, bytes: number): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(file);
    const start = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - start);
    const length = readSync(file, buffer, 0, buffer.length, start);
    const lines = buffer.toString('utf8', 0, length).split('\n');
    return lines.slice(start > 0 ? 1 : 0).filter((line) => line !== '');
  } finally {
    closeSync(file);
  }
}
