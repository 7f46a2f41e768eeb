import { join } from 'node:path';
import type { Notes } from '../notes.ts';
import { text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { DraftKeys, Source, Surroundings } from '../types.ts';
import { setLimit } from '../resources.ts';
import { milliseconds, rebase, whole } from '../values.ts';

export interface KeyContext {
  keys: DraftKeys;
  where: string;
  context: { source: Source; directory: string; around: Surroundings; notes: Notes };
  /** The app's `cwd`, to which watched paths are relative. */
  cwd: string;
  /** Of the service. */
  name: string;
}

/** PM2's times: milliseconds as a number, or a text such as `10s`, `5m`, `1h`; what is neither stays, to be refused later. */
export function time(tree: Tree): string {
  const value = text(tree);
  const number = whole(value);
  return number === null ? (value ?? '') : milliseconds(number);
}

const isTrue = (tree: Tree) => text(tree) === 'true';

/** Keys that say how a process lives, except those of its restart. */
export const PROCESS_KEYS: Record<string, (tree: Tree, at: KeyContext) => void> = {
  kill_timeout(tree, { keys }) {
    keys.stop_grace_period = time(tree);
  },
  max_memory_restart(tree, { keys, where, context }) {
    const value = text(tree) ?? '';
    setLimit(keys, 'memory', value);
    context.notes.approximated(
      where,
      `max_memory_restart: ${value}`,
      'PM2 looks at the main process twice a minute; here the kernel holds the limit for all processes of the service',
      'write a larger one where helpers need memory of their own',
    );
  },
  treekill(tree, { keys }) {
    if (!isTrue(tree)) keys.kill_mode = 'process';
  },
  uid(tree, { keys }) {
    const user = text(tree);
    if (user) keys.user = user;
  },
  gid(tree, { keys }) {
    const group = text(tree);
    if (group) keys.group = group;
  },
  user(tree, { keys }) {
    const user = text(tree);
    if (user) keys.user = user;
  },
  env_file(tree, { keys, context }) {
    keys.env_file = texts(tree).map((path) => rebase(path, context.directory, context.around.target));
  },
  cron_restart(tree, { keys }) {
    const value = text(tree);
    if (value && value !== '0' && value !== 'false') keys.schedule = { restart: value };
  },
  cron(tree, at) {
    PROCESS_KEYS.cron_restart?.(tree, at);
  },
  wait_ready(tree, { keys, where, context }) {
    if (!isTrue(tree)) return;
    keys.ready = { notify: true, ...keys.ready };
    context.notes.approximated(
      where,
      'wait_ready: true',
      "process.send('ready') has nobody who listens",
      'let the program write "READY=1" and a newline to file descriptor 3',
    );
  },
  listen_timeout(tree, { keys }) {
    if (keys.ready) keys.ready.timeout = time(tree);
  },
  watch(tree, { keys, where, context, cwd }) {
    const paths =
      tree.kind === 'list' || !/^(?:true|false)$/.test(text(tree) ?? '') ? texts(tree) : isTrue(tree) ? ['.'] : [];
    if (paths.length === 0) return;
    keys.develop = {
      watch: paths.map((path) => ({
        path: rebase(join(cwd, path), context.directory, context.around.target),
        action: 'restart',
        ignore: ['node_modules'],
      })),
    };
    context.notes.approximated(
      where,
      'watch',
      'files are watched during development only',
      'start with "mainstay up --dev"',
    );
  },
  ignore_watch(tree, { keys }) {
    for (const watched of keys.develop?.watch ?? [])
      watched.ignore = [...new Set([...texts(tree).filter((pattern) => pattern !== ''), ...(watched.ignore ?? [])])];
  },
};
