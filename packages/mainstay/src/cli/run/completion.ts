import { EXIT } from '@mainstay/protocol';
import { COMMANDS } from '../commands/index.ts';
import type { Context } from '../framework/index.ts';
import { locateProject } from '../project/locate.ts';
import { NAMES_OF, usage } from '../framework/index.ts';

export async function run(context: Context): Promise<number> {
  const [shell = ''] = context.args;
  const what = NAMES_OF.find((one) => one === shell);
  if (what !== undefined) {
    const [{ namesOf }, { RUNNERS }] = await Promise.all([
      import('../completion/names.ts'),
      import('../../registry/runners.ts'),
    ]);
    const names = namesOf(what, locateProject(context), Object.keys(RUNNERS));
    context.io.out(names.map((name) => `${name}\n`).join(''));
    return EXIT.done;
  }
  const { SCRIPTS } = await import('../completion/index.ts');
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell as keyof typeof SCRIPTS] : undefined;
  if (script === undefined) {
    throw usage(`cannot complete in "${shell}": only bash, zsh and fish are known`, 'mainstay completion bash');
  }
  context.io.out(script(COMMANDS));
  return EXIT.done;
}
