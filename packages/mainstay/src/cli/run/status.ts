import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '@mainstay/protocol';
import type { InstanceStatus, StatusReport } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { humanAge, humanDuration, phaseColour, renderTable } from '../text/index.ts';
import type { Cell, Column } from '../text/index.ts';
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
  { title: 'NAME', shrinkTo: 12 },
  { title: 'STATE' },
  { title: 'HEALTH' },
  { title: 'PID', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'UPTIME', align: 'right' },
  { title: 'REASON', shrinkTo: 10 },
];

/** The report as people read it. @param now UTC milliseconds */
export function statusText(report: StatusReport, context: Pick<Context, 'io' | 'style'>, now: number): string {
  const { io, style } = context;
  const counts = new Map<string, number>();
  for (const { name } of report.services) counts.set(name, (counts.get(name) ?? 0) + 1);
  const label = labelsOf(counts);
  const parts: string[] = [];
  if (report.services.length === 0) parts.push(`${report.project} has no services\n`);
  else
    parts.push(
      renderTable(
        COLUMNS,
        report.services.map((one) => row(one, label, now)),
        io.columns(),
        style,
      ),
    );

  const failing = report.checks.filter((check) => check.status !== 'pass');
  for (const check of failing) {
    parts.push(
      `check ${check.name} (${check.kind}): ${check.status} for ${humanAge(check.since, now)}: ${check.message}\n`,
    );
  }
  for (const incident of report.incidents) {
    parts.push(`incident #${incident.id} for ${humanAge(incident.opened_at, now)}: ${incident.cause}\n`);
  }
  for (const words of report.daemon.degraded) parts.push(style('yellow', `degraded: ${words}`) + '\n');
  return parts.join('');
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

function reason(one: InstanceStatus, now: number): string {
  const parts = one.reason === null ? [] : [one.reason];
  if (one.next_attempt_at !== null) {
    parts.push(`again in ${humanDuration(Math.max(0, Date.parse(one.next_attempt_at) - now))}`);
  }
  return [...one.flags.map((flag) => `(${flag})`), parts.join('; ')].filter((part) => part !== '').join(' ');
}
