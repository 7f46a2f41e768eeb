import { EXIT } from '@mainstay/protocol';
import { discover, isAlive } from '../client/index.ts';
import type { DaemonFile } from '../client/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { version } from '../version.ts';

export async function run(context: Context): Promise<number> {
  const daemon = runningDaemon(context);
  const facts = { mainstay: version(), node: process.versions.node, daemon: daemon?.version ?? null };
  if (context.json) {
    context.io.out(`${JSON.stringify(facts, null, 2)}\n`);
  } else {
    context.io.out(`mainstay ${facts.mainstay}\nnode ${facts.node}\n`);
    if (facts.daemon !== null) context.io.out(`daemon ${facts.daemon}\n`);
  }
  return EXIT.done;
}

/** The daemon of the project here, if there is a project and it runs; the version must not depend on it. */
function runningDaemon(context: Context): DaemonFile | null {
  try {
    const { file } = discover(locateProject(context).stateDir);
    return file !== null && isAlive(file.pid, file.identity.startTime) ? file : null;
  } catch {
    return null;
  }
}
