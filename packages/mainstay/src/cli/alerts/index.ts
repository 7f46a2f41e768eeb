/** `mainstay alerts`: trying the notifiers. */
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';

export async function run(context: Context): Promise<number> {
  const [action, ...names] = context.args;
  if (action === 'test') return (await import('./test.ts')).run(names, context);
  throw usage(`cannot do "${action}" with alerts: it is test`, 'mainstay alerts test');
}
