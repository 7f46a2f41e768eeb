/** Services that systemd runs: the machine's, or that of the user that mainstay runs as. */
import type { Manager, Order } from '../../../ports/index.ts';
import { MORE_PROPERTIES, PROPERTIES, parseUnit, showWords, systemctl } from '../../kit/systemd/index.ts';
import { followUnits } from './follow.ts';
import { readLines } from './lines.ts';
import { lookOf } from './look.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export function unitManager(user: boolean, environment: Environment): Manager {
  return {
    label: 'systemd',
    async look(name, signal) {
      const words = showWords(name, [...PROPERTIES, ...MORE_PROPERTIES]);
      const answer = await systemctl(words, user, environment, signal);
      if (signal.aborted) throw new Error('systemd does not answer');
      if ('why' in answer) throw new Error(`systemd cannot be asked: ${answer.why}`);
      const unit = parseUnit(answer.text);
      if (unit.ActiveState === undefined) throw new Error('systemctl did not tell the state of the unit');
      return lookOf(name, unit, user);
    },
    async order(name, order, signal) {
      const answer = await systemctl(wordsOf(name, order), user, environment, signal);
      if (signal.aborted) throw new Error('systemd does not answer');
      if ('why' in answer) throw new Error(answer.why.replace(/^systemctl: /, ''));
    },
    follow: (names, changed, reliable, signal) => followUnits(names, user, environment, changed, reliable, signal),
    lines: (name, from, take, signal) => readLines(name, user, environment, from, take, signal),
    placeOf: (wall) => `@${wall / 1000}`,
  };
}

/** systemd carries an order out by itself: what becomes of it is seen by looking. */
function wordsOf(name: string, order: Order): string[] {
  if (order.do === 'signal') return ['kill', `--signal=${order.signal}`, '--', name];
  return [order.do, '--no-block', '--', name];
}
