import { userInfo } from 'node:os';
import { EXIT, MainstayError } from '@mainstay/protocol';
import type { MaintenanceRequest, MaintenanceWindow } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { dayAndTime, humanDuration, parseDuration, renderTable } from '../text/index.ts';

const PATH = '/api/v1/maintenance';

export async function run(context: Context): Promise<number> {
  const [action = 'list', ...names] = context.args;
  const client = new Client(locateProject(context));
  switch (action) {
    case 'list':
      if (names.length > 0) throw usage('cannot list maintenance: it takes no names', 'mainstay maintenance list');
      return list(client, context);
    case 'on':
      return begin(client, names, context);
    case 'off':
      return end(client, names, context);
    default:
      throw usage(
        `cannot do "${action}" with maintenance: it is on, off or list`,
        `mainstay maintenance on ${action} --reason WHY`,
      );
  }
}

async function begin(client: Client, services: string[], context: Context): Promise<number> {
  const { io, values } = context;
  const reason = values.get('reason');
  if (reason === undefined || reason.trim() === '') {
    throw usage(
      'cannot begin maintenance: no reason is given',
      `mainstay maintenance on ${services.join(' ')}${services.length > 0 ? ' ' : ''}--for 1h --reason "new disk"`,
    );
  }
  const owner = values.get('owner') ?? io.env['SUDO_USER'] ?? io.env['USER'] ?? accountName();
  const body: MaintenanceRequest = {
    services,
    reason,
    owner,
    duration: parseDuration(values.get('for') ?? '1h', '--for'),
  };
  const window = await client.json<MaintenanceWindow>('POST', PATH, { body });
  if (context.json) io.out(`${JSON.stringify(window, null, 2)}\n`);
  else io.out(`maintenance ${window.id} of ${whose(window)} until ${dayAndTime(window.until)}\n`);
  return EXIT.done;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Ends the windows that are named, or that are of nothing but the named services; without names, all. */
async function end(client: Client, names: string[], context: Context): Promise<number> {
  const windows = await client.json<MaintenanceWindow[]>('GET', PATH);
  const wanted = names.length === 0 ? ['all'] : windowsOf(windows, names);
  let ended = 0;
  for (const id of wanted) {
    ended += (await client.json<{ ended: number }>('DELETE', `${PATH}/${encodeURIComponent(id)}`)).ended;
  }
  if (context.json) context.io.out(`${JSON.stringify({ ended })}\n`);
  else
    context.io.out(
      ended === 0 ? 'no maintenance was going on\n' : `${ended} maintenance window${ended === 1 ? '' : 's'} ended\n`,
    );
  return EXIT.done;
}

function windowsOf(windows: readonly MaintenanceWindow[], names: readonly string[]): string[] {
  const found = windows.filter(
    ({ id, services }) =>
      names.includes(id) || (services.length > 0 && services.every((service) => names.includes(service))),
  );
  if (found.length > 0) return found.map(({ id }) => id);
  throw new MainstayError(
    'refused',
    `cannot end maintenance of ${names.join(', ')}: no window is of that alone`,
    windows.length === 0 ? 'mainstay maintenance list' : `mainstay maintenance off ${windows[0]?.id ?? ''}`,
  );
}

async function list(client: Client, context: Context): Promise<number> {
  const { io, style } = context;
  const windows = await client.json<MaintenanceWindow[]>('GET', PATH);
  if (context.json) {
    io.out(`${JSON.stringify(windows, null, 2)}\n`);
  } else if (windows.length === 0) {
    io.out('no maintenance is going on\n');
  } else {
    const now = Date.now();
    const rows = windows.map((window) => [
      { text: window.id },
      { text: whose(window) },
      { text: dayAndTime(window.until) },
      { text: humanDuration(Math.max(0, Date.parse(window.until) - now)) },
      { text: window.owner },
      { text: window.reason },
    ]);
    const columns = [
      { title: 'ID' },
      { title: 'SERVICES', shrinkTo: 10 },
      { title: 'UNTIL' },
      { title: 'LEFT', align: 'right' as const },
      { title: 'OWNER', shrinkTo: 8 },
      { title: 'REASON', shrinkTo: 10 },
    ];
    io.out(renderTable(columns, rows, io.columns(), style));
  }
  return EXIT.done;
}

const whose = ({ services }: MaintenanceWindow): string => (services.length === 0 ? 'everything' : services.join(', '));
