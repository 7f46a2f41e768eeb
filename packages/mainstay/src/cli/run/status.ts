import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '@mainstay/protocol';
import type { InstanceStatus, StatusReport } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { humanAge, humanDuration, oneLine, phaseColour, plain, renderTable, textWidth, wrap } from '../text/index.ts';
import type { Cell, Column } from '../text/index.ts';
import { version } from '../version.ts';
import { labelsOf } from './progress.ts';

export async function run(context: Context): Promise<number> {
  const client = new Client(locateProject(context));
  const read = (): Promise<StatusReport> => client.json<StatusReport>('GET', '/status');
  if (context.flags.has('watch')) return watch(read, context);
  const report = await read();
  context.io.out(context.json ? `${JSON.stringify(report, null, 2)}\n` : statusText(report, context, Date.now()));
  return exitCode(report);
}

/** 0 when everything that is wanted is there, otherwise 1. */
function exitCode(report: StatusReport): number {
  const fine = report.services.every(
    ({ desired, state }) => desired === 'stopped' || state === 'ready' || state === 'completed',
  );
  return fine ? EXIT.done : EXIT.failed;
}

/** Shows the state again once a second; on a terminal in place, elsewhere when it has changed. Ends with Ctrl-C. */
async function watch(read: () => Promise<StatusReport>, context: Context): Promise<number> {
  const { io, json } = context;
  let last = '';
  for (;;) {
    const report = await read();
    if (io.outIsTerminal && !json) {
      io.out(`\u001b[H\u001b[2J${statusText(report, context, Date.now())}`);
    } else {
      const now = JSON.stringify(report);
      if (now !== last) io.out(json ? `${now}\n` : `${statusText(report, context, Date.now())}\n`);
      last = now;
    }
    await sleep(1000);
  }
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', shrinkTo: 12, cut: 'middle' },
  { title: 'STATE' },
  { title: 'HEALTH' },
  { title: 'PID', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'UPTIME', align: 'right' },
];
const REASON = { title: 'REASON' };

/**
 * The report as people read it. Reasons that have no room in the table follow it.
 *
 * @param now UTC milliseconds
 * @param own the version of this command
 */
export function statusText(
  report: StatusReport,
  context: Pick<Context, 'io' | 'style'>,
  now: number,
  own = version(),
): string {
  const { style } = context;
  const width = context.io.columns();
  const counts = new Map<string, number>();
  for (const { name } of report.services) counts.set(name, (counts.get(name) ?? 0) + 1);
  const label = labelsOf(counts);
  const lines: string[] = [];
  const rows = report.services.map((one) => row(one, label, now));
  const whole = renderTable([...COLUMNS, REASON], rows, Infinity, plain);
  if (rows.length === 0) {
    lines.push(`${report.project} has no services`);
  } else if (whole.split('\n').every((line) => textWidth(line) <= width)) {
    lines.push(renderTable([...COLUMNS, REASON], rows, width, style).trimEnd());
  } else {
    lines.push(renderTable(COLUMNS, rows, width, style).trimEnd());
    for (const cells of rows) {
      const why = cells[COLUMNS.length]?.text ?? '';
      if (why !== '') lines.push(...note(`${cells[0]?.text ?? ''}: ${why}`, width));
    }
  }
  for (const check of report.checks.filter(({ status }) => status !== 'pass')) {
    const { name, kind, status, since, message } = check;
    lines.push(...note(`check ${name} (${kind}): ${status} for ${humanAge(since, now)}: ${message}`, width));
  }
  for (const { id, opened_at: opened, title, recovered_at: recovered } of report.incidents) {
    const state = recovered === null ? `for ${humanAge(opened, now)}` : 'recovered, watched for a minute';
    lines.push(...note(`incident #${id} ${state}: ${title}`, width));
  }
  for (const words of report.daemon.degraded) {
    lines.push(...note(`degraded: ${words}`, width).map((line) => style('yellow', line)));
  }
  const { version: runs, pid, started_at: since } = report.daemon;
  lines.push('', style('grey', `mainstay ${runs}, pid ${pid}, for ${humanAge(since, now)}`));
  if (runs !== own) {
    const words = isOlder(runs, own)
      ? `the daemon is ${runs}, this command ${own}; to change over: mainstay upgrade`
      : `the daemon is ${runs}, this command is older: ${own}`;
    lines.push(...note(words, width).map((line) => style('yellow', line)));
  }
  return `${lines.join('\n')}\n`;
}

/** By the numbers of a version; what follows them counts for nothing. */
function isOlder(one: string, other: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.+-]/, 3).map(Number);
  const [a, b] = [numbers(one), numbers(other)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** A remark below the table, over several lines when it is long. */
function note(text: string, width: number): string[] {
  return wrap(oneLine(text), width - 2).map((line, i) => (i === 0 ? line : `  ${line}`));
}

function row(one: InstanceStatus, label: (name: string, instance: number) => string, now: number): Cell[] {
  return [
    { text: label(one.name, one.instance) },
    { text: one.state, colour: phaseColour(one.state) },
    health(one),
    { text: one.pid === null ? '' : String(one.pid) },
    { text: String(one.restarts) },
    { text: one.pid === null ? '' : humanAge(one.started_at, now) },
    { text: reason(one, now) },
  ];
}

function health({ health: value }: InstanceStatus): Cell {
  if (value === 'unknown') return { text: '' };
  return { text: value, colour: value === 'healthy' ? 'green' : value === 'degraded' ? 'yellow' : 'red' };
}

/** Why it is in its state, when that does not go without saying: neither success nor adoption asks for attention. */
function reason(one: InstanceStatus, now: number): string {
  const fine = one.reason === null || (one.state === 'completed' && one.reason === 'exit code 0');
  const parts = fine ? [] : [one.reason];
  if (one.next_attempt_at !== null) {
    parts.push(`again in ${humanDuration(Math.max(0, Date.parse(one.next_attempt_at) - now))}`);
  }
  const flags = one.flags.filter((flag) => flag !== 'adopted').map((flag) => `(${flag})`);
  return [...flags, parts.join('; ')].filter((part) => part !== '').join(' ');
}
