import { EXIT, MainstayError } from '@mainstay/protocol';
import type { IncidentReport } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { parseSince } from '../logs/since.ts';
import { locateProject } from '../project/locate.ts';
import { dayAndTime, humanDuration, oneLine, renderTable, toTheSecond } from '../text/index.ts';

/** As many as are kept. */
const ALL = 10_000;

export async function run(context: Context): Promise<number> {
  const { args, values, flags, io } = context;
  const [number] = args;
  const client = new Client(locateProject(context));
  if (number !== undefined) return showOne(idOf(number), client, context);
  const since = values.get('since');
  const query =
    since === undefined
      ? `limit=${limitOf(values.get('lines'))}`
      : `limit=${ALL}&since=${parseSince(since, Date.now())}`;
  const all = await client.json<IncidentReport[]>('GET', `/api/v1/incidents?${query}`);
  const shown = flags.has('open') ? all.filter(({ state }) => state === 'open') : all;
  if (context.json) io.out(`${JSON.stringify(shown, null, 2)}\n`);
  else io.out(shown.length === 0 ? 'no incidents\n' : table(shown, context));
  return EXIT.done;
}

function idOf(text: string): number {
  const id = Number(text.replace(/^#/, ''));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw usage(`cannot show incident ${text}: it is not a number`, 'mainstay incidents');
}

function limitOf(text = '20'): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return Math.min(limit, ALL);
  throw usage(`cannot use --lines ${text}: it is not a number above 0`, '--lines 20');
}

async function showOne(id: number, client: Client, context: Context): Promise<number> {
  const found = await client.json<IncidentReport | null>('GET', `/api/v1/incidents?id=${id}`);
  if (found === null)
    throw new MainstayError('refused', `cannot show incident #${id}: there is none`, 'mainstay incidents');
  context.io.out(context.json ? `${JSON.stringify(found, null, 2)}\n` : incidentText(found, context));
  return EXIT.done;
}

function table(incidents: readonly IncidentReport[], { io, style }: Context): string {
  const columns = [
    { title: 'ID', align: 'right' as const },
    { title: 'STATE' },
    { title: 'SINCE' },
    { title: 'LASTED', align: 'right' as const },
    { title: 'BY' },
    { title: 'WHAT', shrinkTo: 20 },
  ];
  const rows = incidents
    .toReversed()
    .map((one) => [
      { text: String(one.id) },
      { text: one.state, ...(one.state === 'open' ? { colour: 'red' as const } : {}) },
      { text: dayAndTime(one.first_failure_at) },
      { text: lasted(one) },
      { text: one.by ?? '' },
      { text: oneLine(one.merged_into === null ? one.title : `a part of #${one.merged_into}`) },
    ]);
  return renderTable(columns, rows, io.columns(), style);
}

/** How long it was, or is so far. */
function lasted({ first_failure_at: from, recovered_at: until }: IncidentReport): string {
  return humanDuration((until === null ? Date.now() : Date.parse(until)) - Date.parse(from));
}

/**
 * One incident as people read it: what, when, what was done, what else it took with it, and the timeline.
 */
export function incidentText(one: IncidentReport, { style }: Pick<Context, 'style'>): string {
  const lines = [style('bold', `#${one.id} ${oneLine(one.title)}`)];
  const say = (name: string, text: string): unknown => lines.push(`  ${name.padEnd(14)} ${text}`);
  const after = (at: string): string => {
    const ms = Date.parse(at) - Date.parse(one.first_failure_at);
    return `${toTheSecond(Date.parse(at))}${ms > 0 ? `, ${humanDuration(ms)} later` : ''}`;
  };
  say('state', `${one.state}, ${one.severity}`);
  say('root cause', one.cause);
  say('first failure', toTheSecond(Date.parse(one.first_failure_at)));
  say('detected', after(one.detected_at));
  say('first action', one.action_at === null ? 'none' : after(one.action_at));
  if (one.recovered_at !== null) say('recovered', `${after(one.recovered_at)}, ${HOW[one.by ?? 'itself']}`);
  if (one.merged_into !== null) say('part of', `#${one.merged_into}`);
  const others = one.involved.filter(({ name }) => name !== one.cause);
  if (others.length > 0) say('affected', others.map(({ name }) => name).join(', '));
  if (one.suppressed.length > 0) say('not checked', one.suppressed.join(', '));
  lines.push('');
  one.timeline.forEach(({ at, what, text }, index) => {
    if (one.omitted > 0 && index === Math.floor(one.timeline.length * 0.4))
      lines.push(`  … ${one.omitted} entries left out`);
    const mark = MARKS[what];
    lines.push(`  ${style('grey', toTheSecond(Date.parse(at)))} ${mark} ${oneLine(text)}`);
  });
  lines.push('', style('grey', '  * done by mainstay   > done by a person   @ told to people'));
  return `${lines.join('\n')}\n`;
}

const MARKS = { observation: ' ', action: '*', operator: '>', delivery: '@' } as const;
const HOW = { mainstay: 'repaired by mainstay', operator: 'by an operator', itself: 'by itself' } as const;
