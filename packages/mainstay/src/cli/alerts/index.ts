/** `mainstay alerts`: what is open, acknowledging it, and trying the notifiers. */
import { usage } from '../framework/index.ts';
import type { Context } from '../framework/index.ts';

export async function run(context: Context): Promise<number> {
  const [action = 'list', ...names] = context.args;
  switch (action) {
    case 'list':
      if (names.length > 0) throw usage('cannot list alerts: it takes no names', 'mainstay alerts list');
      return (await import('./list.ts')).run(context);
    case 'ack':
      return (await import('./ack.ts')).run(names, context);
    case 'test':
      return (await import('./test.ts')).run(names, context);
    default:
      throw usage(`cannot do "${action}" with alerts: it is list, ack or test`, 'mainstay alerts');
  }
}
