import type { ServicesRequest } from '@mainstay/protocol';
import { Client } from '../client/index.ts';
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { currentProject, showProgress } from './progress.ts';

/** The body of `start`, `stop` and `restart`. */
export function runOnServices(verb: 'start' | 'stop' | 'restart'): (context: Context) => Promise<number> {
  return async (context) => {
    const { args, flags } = context;
    if (args.length === 0 && !flags.has('all')) {
      throw usage(`cannot ${verb}: no service is named`, `mainstay ${verb} SERVICE, or mainstay ${verb} --all`);
    }
    if (args.length > 0 && flags.has('all')) {
      throw usage(`cannot ${verb}: --all and names of services exclude each other`, `mainstay ${verb} --all`);
    }
    const client = new Client(locateProject(context));
    const { label } = await currentProject(client);
    const body: ServicesRequest = { services: [...args], wait: !flags.has('no-wait') };
    if (flags.has('now')) body.now = true;
    return showProgress(client.progress(`/api/v1/${verb}`, body), label, context, null);
  };
}
