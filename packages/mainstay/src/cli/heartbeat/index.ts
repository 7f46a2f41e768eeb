/** `mainstay heartbeat`: a job reports, or is run and reported; or the address by which others report. */
import { EXIT, MainstayError } from '@mainstay/protocol';
import type { HeartbeatRequest } from '@mainstay/protocol';
import { formatListen } from '../../config/values/listen.ts';
import { Client } from '../client/index.ts';
import { usage, type Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { locateProject } from '../project/locate.ts';
import { runJob } from './job.ts';

export async function run(context: Context): Promise<number> {
  const [name = '', ...command] = context.args;
  const { flags } = context;
  const chosen = ['start', 'fail', 'url'].filter((one) => flags.has(one));
  if (chosen.length > 1 || (chosen.length > 0 && command.length > 0)) {
    const what = [...chosen.map((one) => `--${one}`), ...(command.length > 0 ? ['a command'] : [])].join(' and ');
    throw usage(`cannot do ${what} together`, 'mainstay help heartbeat');
  }
  if (flags.has('url')) return showUrl(name, context);
  const tell = (ping: HeartbeatRequest): Promise<{ written: boolean }> => report(name, ping, context);
  if (command.length > 0) return runJob(command, tell, context.io);
  const signal = flags.has('start') ? 'start' : flags.has('fail') ? 'fail' : 'success';
  const { written } = await tell({ signal, message: context.values.get('message') ?? '' });
  if (context.json) context.io.out(`${JSON.stringify({ heartbeat: name, signal, written })}\n`);
  if (!written) context.io.err('it was heard, but not written down yet: the state disk does not answer\n');
  return EXIT.done;
}

function report(name: string, body: HeartbeatRequest, context: Context): Promise<{ written: boolean }> {
  const path = `/api/v1/heartbeats/${encodeURIComponent(name)}`;
  return new Client(locateProject(context)).json('POST', path, { body });
}

/**
 * The address of a heartbeat, which holds its secret.
 * @throws MainstayError `config` when nobody listens there, `unknown-check` when there is no such heartbeat
 */
async function showUrl(name: string, context: Context): Promise<number> {
  const { plan } = await loadProject(context, { anywhere: true });
  const { api, checks } = plan;
  if (!checks.some((check) => check.name === name && check.kind === 'heartbeat')) {
    const others = checks.filter(({ kind }) => kind === 'heartbeat').map((check) => check.name);
    const hint = others.length > 0 ? `one of: ${others.join(', ')}` : `add checks: { ${name}: { heartbeat: 24h } }`;
    throw new MainstayError('unknown-check', `cannot find ${name}: there is no heartbeat of that name`, hint);
  }
  if (api === null) {
    const hint = 'add api: { listen: "127.0.0.1:7070" }';
    throw new MainstayError('config', `cannot make an address for ${name}: mainstay.yaml has no api`, hint);
  }
  const { heartbeatKeyFile, pingSecret, readOrMakeKey } = await import('./secret.ts');
  const secret = pingSecret(await readOrMakeKey(heartbeatKeyFile(api.keysFile)), name);
  const url = `http://${formatListen(api)}/ping/${secret}`;
  context.io.out(context.json ? `${JSON.stringify({ heartbeat: name, url })}\n` : `${url}\n`);
  return EXIT.done;
}
