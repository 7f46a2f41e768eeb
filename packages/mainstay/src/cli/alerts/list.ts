import { EXIT } from '@mainstay/protocol';
import type { AlertsReport } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { dayAndTime, oneLine, renderTable } from '../text/index.ts';

/** What is open, what waits to be delivered, and which notifiers fail. */
export async function run(context: Context): Promise<number> {
  const { io, style, json } = context;
  const report = await new Client(locateProject(context)).json<AlertsReport>('GET', '/api/v1/alerts');
  if (json) {
    io.out(`${JSON.stringify(report, null, 2)}\n`);
    return EXIT.done;
  }
  const { open, waiting, broken } = report;
  if (open.length === 0) io.out('no alert is open\n');
  else {
    const columns = [
      { title: 'ID' },
      { title: 'SEVERITY' },
      { title: 'SINCE' },
      { title: 'ABOUT', shrinkTo: 8 },
      { title: 'CAUSE', shrinkTo: 10 },
    ];
    const rows = open.map(({ id, severity, since, subject, cause, acknowledged_by: by }) =>
      [
        id,
        severity,
        dayAndTime(since),
        subject,
        `${oneLine(cause)}${by === null ? '' : ` (${by} takes care of it)`}`,
      ].map((text) => ({ text })),
    );
    io.out(renderTable(columns, rows, io.columns(), style));
  }
  for (const { notifier, message, attempts, reason } of waiting) {
    const why = reason === null ? '' : `; ${attempts} failed, the last one: ${oneLine(reason)}`;
    io.out(`waits for ${notifier}: ${message}${why}\n`);
  }
  for (const { notifier, since, reason } of broken) {
    io.out(`${notifier} cannot be told since ${dayAndTime(since)}: ${oneLine(reason)}\n`);
  }
  return EXIT.done;
}
