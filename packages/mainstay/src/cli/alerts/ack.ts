import { userInfo } from 'node:os';
import { EXIT } from '@mainstay/protocol';
import type { AcknowledgeRequest } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';

/** Says that somebody takes care of alerts. */
export async function run(ids: readonly string[], context: Context): Promise<number> {
  const { io, values, json } = context;
  if (ids.length === 0) throw usage('cannot acknowledge: no alert is named', 'mainstay alerts');
  const by = values.get('owner') ?? io.env['SUDO_USER'] ?? io.env['USER'] ?? userInfo().username;
  const body: AcknowledgeRequest = { by };
  const client = new Client(locateProject(context));
  for (const id of ids) {
    await client.json('POST', `/api/v1/alerts/${encodeURIComponent(id.replace(/^#/, ''))}/ack`, { body });
  }
  if (json) io.out(`${JSON.stringify({ acknowledged: ids.length, by })}\n`);
  else
    io.out(
      `${ids.map((id) => `#${id.replace(/^#/, '')}`).join(', ')}: ${by} takes care of it; no reminders from now on\n`,
    );
  return EXIT.done;
}
