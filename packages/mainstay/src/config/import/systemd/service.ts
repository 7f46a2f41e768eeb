import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import type { Draft, DraftKeys, Surroundings } from '../types.ts';
import { serviceName, signalName } from '../values.ts';
import { execLines } from './exec.ts';
import type { ExecLine } from './exec.ts';
import { readRestart, RESTART_KEYS } from './restart.ts';
import { readSetting } from './settings.ts';
import { lastOf, listOf } from './unit.ts';
import type { Setting, Unit } from './unit.ts';
import { systemdUnsupported } from './unsupported.ts';

/** systemd's DefaultTimeoutStopSec. */
const DEFAULT_STOP = '90s';

export interface UnitContext {
  around: Surroundings;
  notes: Notes;
}

/** The service of a unit, and the tasks that have to end before it; none when it has no command. */
export function readUnit(unit: Unit, context: UnitContext): Draft[] {
  const { notes } = context;
  const name = serviceName(unit.name.replace(/\.service$/, '').replace(/@$/, ''));
  const start = lastOf(unit, 'Service', 'ExecStart');
  const where = start ? `${start.label}:${start.line}` : `${unit.source.label}:1`;
  const draft: Draft = { name, where, keys: {}, places: new Map() };
  const title = lastOf(unit, 'Unit', 'Description')?.value;
  if (title && !title.includes('%')) draft.title = title;
  readType(unit, draft, notes);
  for (const setting of unit.settings) readOther(setting, unit, draft, context);
  const known = new Set(Object.keys(draft.keys.environment ?? {}));
  const lines = (key: string) =>
    listOf(unit, 'Service', key).flatMap((setting) => execLines(setting, { unit: unit.name, known, notes }));
  const main = lines('ExecStart');
  const last = main.at(-1);
  if (!last) {
    notes.dropped(`${unit.source.label}:1`, unit.name, 'it has no ExecStart', 'add it with its command');
    return [];
  }
  if (Object.keys(draft.keys.environment ?? {}).length === 0) delete draft.keys.environment;
  draft.keys = { ...typeFirst(draft.keys), command: last.command };
  readRestart(unit, draft, notes);
  if (draft.keys.type !== 'task') draft.keys.stop_grace_period ??= DEFAULT_STOP;
  if (last.ignoreFailure) {
    notes.dropped(
      where,
      `ExecStart=-${brief(last.command.join(' '))}`,
      'an exit code other than 0 is a failure',
      'list the codes that are none in restart_policy.success_exit_codes',
    );
  }
  const before = [
    ...lines('ExecStartPre').map((line) => ({ line, stem: `${name}-pre` })),
    ...main.slice(0, -1).map((line) => ({ line, stem: `${name}-step` })),
  ];
  const tasks = chain(before, draft, notes);
  return [...tasks, draft];
}

function typeFirst(keys: DraftKeys): DraftKeys {
  return keys.type ? { type: keys.type, ...keys } : keys;
}

/** Tasks that run one after the other, then the unit's own command. */
function chain(before: { line: ExecLine; stem: string }[], draft: Draft, notes: Notes): Draft[] {
  const tasks: Draft[] = [];
  for (const { line, stem } of before) {
    const same = before.filter((other) => other.stem === stem).length;
    const number = tasks.filter((task) => task.name.startsWith(stem)).length + 1;
    const { environment, env_file, user, group, working_dir, umask } = draft.keys;
    const shared = Object.entries({ env_file, environment, user, group, working_dir, umask }).filter(
      ([, value]) => value !== undefined,
    );
    const keys: DraftKeys = { type: 'task', command: line.command, ...structuredClone(Object.fromEntries(shared)) };
    const previous = tasks.at(-1);
    if (previous) keys.depends_on = waitFor(previous, before[tasks.length - 1]?.line);
    const where = `${line.setting.label}:${line.setting.line}`;
    tasks.push({ name: same > 1 ? `${stem}-${number}` : stem, where, keys, places: new Map(draft.places) });
    if (stem.endsWith('-pre')) {
      notes.approximated(
        where,
        `ExecStartPre=${brief(line.setting.value)}`,
        'it ran before every start of the service; a task runs once, before the first',
        `if each restart needs it: command: [sh, -c, "… && exec …"] in ${draft.name}`,
      );
    }
  }
  const last = tasks.at(-1);
  if (last) draft.keys.depends_on = { ...waitFor(last, before.at(-1)?.line), ...draft.keys.depends_on };
  return tasks;
}

function waitFor(task: Draft, line: ExecLine | undefined): NonNullable<DraftKeys['depends_on']> {
  return {
    [task.name]: {
      condition: 'service_completed_successfully',
      ...(line?.ignoreFailure ? { required: false } : {}),
    },
  };
}

function readType(unit: Unit, draft: Draft, notes: Notes): void {
  const setting = lastOf(unit, 'Service', 'Type');
  const where = setting ? `${setting.label}:${setting.line}` : draft.where;
  const type = setting?.value ?? 'simple';
  if (type === 'notify' || type === 'notify-reload') draft.keys.ready = { notify: true };
  else if (type === 'oneshot') draft.keys.type = 'task';
  else if (type === 'forking') {
    notes.approximated(
      where,
      'Type=forking',
      'mainstay watches the process that it starts, and this one ends after a fork',
      'add the option that keeps the program in the foreground (such as -F, --no-daemon, -g "daemon off;")',
    );
  } else if (type === 'dbus') {
    notes.approximated(
      where,
      'Type=dbus',
      'mainstay does not watch the bus',
      'use ready: { log: "…" } with a line that the program prints',
    );
  }
}

function readOther(setting: Setting, unit: Unit, draft: Draft, context: UnitContext): void {
  const { notes } = context;
  const where = `${setting.label}:${setting.line}`;
  if (setting.section === 'Service' && readSetting(setting, { unit, draft, ...context })) return;
  if (RESTART_KEYS.has(setting.key)) return;
  const signal = setting.key === 'ExecStop' ? killSignal(setting.value) : null;
  if (signal) {
    draft.keys.stop_signal = signal;
    notes.approximated(where, `ExecStop=${brief(setting.value)}`, 'mainstay sends the signal itself', 'nothing');
    return;
  }
  const reason = systemdUnsupported(setting.key, setting.value);
  if (reason) notes.dropped(where, `${setting.key}=${brief(setting.value)}`, ...reason);
}

/** `kill -QUIT $MAINPID` says which signal stops the program. */
function killSignal(command: string): string | null {
  const match = /^-?(?:\/usr)?(?:\/bin\/)?kill\s+(?:-s\s+|-)([A-Z0-9]+)\s+\$\{?MAINPID\}?$/.exec(command);
  return match?.[1] ? signalName(match[1]) : null;
}
