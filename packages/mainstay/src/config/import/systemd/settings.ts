import { dirname } from 'node:path';
import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { literal } from '../shell.ts';
import type { Draft, Surroundings } from '../types.ts';
import { placed } from '../places.ts';
import { setLimit } from '../resources.ts';
import { rebase, signalName } from '../values.ts';
import { readLimit } from './limits.ts';
import { systemdWords } from './quoting.ts';
import { specifiers, withInstance } from './specifiers.ts';
import { duration, timeSpan } from './times.ts';
import type { Setting, Unit } from './unit.ts';

export interface SettingContext {
  unit: Unit;
  draft: Draft;
  notes: Notes;
  around: Surroundings;
}

type Reader = (setting: Setting, context: SettingContext) => void;

const at = (setting: Setting) => `${setting.label}:${setting.line}`;
const whatOf = (setting: Setting) => `${setting.key}=${brief(setting.value)}`;

function plain(setting: Setting, context: SettingContext): string {
  return withInstance(literal(specifiers(setting.value, context.unit.name, setting, context.notes)));
}

/** A time without an end has no place in mainstay.yaml: a day stands for it. */
function limited(setting: Setting, context: SettingContext): string {
  if (timeSpan(setting.value) !== Infinity) return duration(setting.value);
  context.notes.approximated(
    at(setting),
    whatOf(setting),
    'every wait has an end',
    'a day was written; choose what is right',
  );
  return '1d';
}

function memory(limit: 'memory' | 'memory_reservation', setting: Setting, context: SettingContext): void {
  if (setting.value === 'infinity') return;
  if (!setting.value.endsWith('%')) setLimit(context.draft.keys, limit, setting.value);
  else context.notes.dropped(at(setting), whatOf(setting), 'it is a share of the machine', `write resources.${limit}`);
}

/** Settings of `[Service]` that have a key of their own. */
const SETTINGS: Record<string, Reader> = {
  Environment(setting, { unit, draft, notes }) {
    const environment = (draft.keys.environment ??= {});
    if (setting.value === '') {
      draft.keys.environment = {};
      return;
    }
    for (const word of systemdWords(setting)) {
      const equals = word.text.indexOf('=');
      if (equals < 1) continue;
      const name = word.text.slice(0, equals);
      draft.places?.set(name, at(setting));
      environment[name] = withInstance(literal(specifiers(word.text.slice(equals + 1), unit.name, setting, notes)));
    }
  },
  PassEnvironment(setting, { draft }) {
    for (const word of systemdWords(setting)) {
      draft.keys.environment = { ...draft.keys.environment, [word.text]: `\${${word.text}}` };
    }
  },
  EnvironmentFile(setting, context) {
    const { draft, notes, around } = context;
    if (setting.value === '') {
      delete draft.keys.env_file;
      return;
    }
    const optional = setting.value.startsWith('-');
    const path = plain({ ...setting, value: setting.value.replace(/^-/, '') }, context);
    if (/[*?[]/.test(path)) {
      notes.dropped(at(setting), whatOf(setting), 'env_file has no patterns', 'write each file in env_file');
      return;
    }
    draft.keys.env_file = [...(draft.keys.env_file ?? []), rebase(path, dirname(setting.path), around.target)];
    if (optional) {
      notes.approximated(
        at(setting),
        whatOf(setting),
        'a file that is named has to exist',
        `create ${path}, if only empty`,
      );
    }
  },
  User(setting, context) {
    context.draft.keys.user = plain(setting, context);
  },
  Group(setting, context) {
    context.draft.keys.group = plain(setting, context);
  },
  WorkingDirectory(setting, context) {
    const path = plain({ ...setting, value: setting.value.replace(/^-/, '') }, context);
    if (path === '~') {
      context.notes.dropped(
        at(setting),
        whatOf(setting),
        'it is the home of the user',
        'write its path in working_dir',
      );
    } else if (path !== '') context.draft.keys.working_dir = path;
  },
  UMask(setting, { draft }) {
    draft.keys.umask = literal(setting.value);
  },
  MemoryMax: (setting, context) => memory('memory', setting, context),
  MemoryLimit: (setting, context) => memory('memory', setting, context),
  MemoryLow: (setting, context) => memory('memory_reservation', setting, context),
  MemoryHigh(setting, context) {
    if (context.unit.settings.some(({ key }) => key === 'MemoryMax')) {
      context.notes.dropped(at(setting), whatOf(setting), 'nothing slows a program down before its limit', 'nothing');
      return;
    }
    memory('memory', setting, context);
    context.notes.approximated(at(setting), whatOf(setting), 'here it is a limit, not a brake', 'write a larger one');
  },
  CPUQuota(setting, context) {
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(setting.value);
    if (percent !== null) setLimit(context.draft.keys, 'cpus', String(Number(percent[1]) / 100));
  },
  TasksMax(setting, context) {
    if (setting.value === 'infinity') return;
    if (!setting.value.endsWith('%')) setLimit(context.draft.keys, 'pids', setting.value);
    else context.notes.dropped(at(setting), whatOf(setting), 'it is a share of the machine', 'write resources.pids');
  },
  KillSignal(setting, { draft }) {
    draft.keys.stop_signal = signalName(setting.value);
  },
  KillMode(setting, { draft, notes }) {
    if (setting.value === 'mixed' || setting.value === 'process') draft.keys.kill_mode = setting.value;
    else if (setting.value === 'none') {
      draft.keys.kill_mode = 'process';
      notes.approximated(at(setting), 'KillMode=none', 'a stop ends the main process at least', 'nothing');
    }
  },
  TimeoutStopSec(setting, context) {
    context.draft.keys.stop_grace_period = limited(setting, context);
  },
  TimeoutSec(setting, context) {
    const time = limited(setting, context);
    context.draft.keys.stop_grace_period = time;
    if (context.draft.keys.ready) context.draft.keys.ready.timeout = time;
  },
  TimeoutStartSec(setting, context) {
    if (!context.draft.keys.ready) return;
    context.draft.keys.ready.timeout = limited(setting, context);
  },
  WatchdogSec(setting, { draft }) {
    const time = duration(setting.value);
    if (time !== '0s') draft.keys.watchdog = time;
  },
};

/** Reads one setting of `[Service]` into the draft. @returns false when mainstay.yaml has no key for it */
export function readSetting(setting: Setting, context: SettingContext): boolean {
  const reader = SETTINGS[setting.key];
  if (reader) {
    if (setting.value !== '' || setting.key.startsWith('Environment')) {
      placed(context.draft, at(setting), () => reader(setting, context));
    }
    return true;
  }
  if (!setting.key.startsWith('Limit')) return false;
  let known = false;
  placed(context.draft, at(setting), () => {
    known = readLimit(setting, context.draft.keys, context.notes);
  });
  return known;
}
