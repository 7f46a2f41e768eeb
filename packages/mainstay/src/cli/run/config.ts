import { EXIT } from '@mainstay/protocol';
import type { Context } from '../framework/index.ts';
import { usage } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';

export async function run(context: Context): Promise<number> {
  const { flags, io, json } = context;
  const config = await import('../../config/index.ts');
  if (flags.has('schema')) {
    if (json) throw usage('cannot use --json here: a schema is JSON already', 'mainstay config --schema');
    const [{ CHECKS }, { NOTIFIERS }] = await Promise.all([
      import('../../registry/checks.ts'),
      import('../../registry/notifiers.ts'),
    ]);
    io.out(`${JSON.stringify(config.configSchema(CHECKS, NOTIFIERS), null, 2)}\n`);
    return EXIT.done;
  }
  const { plan, warnings } = await loadProject(context);
  for (const warning of warnings) io.err(`mainstay: warning: ${warning}\n`);
  io.out(json ? `${JSON.stringify(config.planAsJson(plan), null, 2)}\n` : config.planForPeople(plan));
  return EXIT.done;
}
