import type { Notes } from '../notes.ts';
import { text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import { placed } from '../places.ts';
import type { Draft, DraftKeys, Value } from '../types.ts';
import { whole } from '../values.ts';
import { time } from './keys.ts';

/** Keys of PM2's restart behaviour. @returns false when `key` is none of them */
export function readRestart(key: string, tree: Tree, draft: Draft, where: string, notes: Notes): boolean {
  let known = false;
  placed(draft, where, () => {
    known = read(key, tree, draft.keys, where, notes);
  });
  return known;
}

function read(key: string, tree: Tree, keys: DraftKeys, where: string, notes: Notes): boolean {
  const policy = (values: Record<string, Value>) => {
    keys.restart_policy = { ...keys.restart_policy, ...values };
  };
  const value = text(tree);
  if (key === 'autorestart') {
    if (value === 'false') keys.restart = 'no';
  } else if (key === 'restart_delay') {
    const delay = time(tree);
    if (value !== '0') policy({ delay, factor: 1, max_delay: delay });
  } else if (key === 'exp_backoff_restart_delay') {
    // PM2 multiplies by 1.5 up to 15 s, and starts again after 30 s of uptime.
    const delay = time(tree);
    if (value !== '0') policy({ delay, factor: 1.5, max_delay: '15s', reset_after: '30s' });
  } else if (key === 'max_restarts') {
    const count = whole(value);
    if (count !== null && count > 0) policy({ max_attempts: count });
    notes.approximated(
      where,
      `max_restarts: ${value}`,
      'PM2 counts restarts after short lives, without a window, and gives up for ever; mainstay counts those in a window (10m) and tries again after a cooldown',
      'write restart_policy.window if another time is wanted, and cooldown: never to keep it so',
    );
  } else if (key === 'min_uptime') {
    const uptime = time(tree);
    policy({ reset_after: uptime });
  } else if (key === 'stop_exit_codes') {
    const codes = texts(tree).map(Number);
    keys.restart = 'on-failure';
    const others = codes.filter((code) => code !== 0);
    if (others.length > 0) policy({ success_exit_codes: others });
    if (!codes.includes(0)) {
      notes.approximated(
        where,
        `stop_exit_codes: ${codes.join(', ')}`,
        'exit code 0 counts as a success too, and is not restarted',
        'write restart: always with fatal_exit_codes to be restarted after 0',
      );
    }
  } else return false;
  return true;
}
