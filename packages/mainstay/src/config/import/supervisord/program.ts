import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { sourceError } from '../errors.ts';
import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import type { Draft, DraftKeys, Surroundings } from '../types.ts';
import { literal } from '../shell.ts';
import { placed } from '../places.ts';
import { rebase, seconds, serviceName, signalName, whole } from '../values.ts';
import { plainWords, tokens, Unbalanced } from '../words.ts';
import { expand } from './expand.ts';
import type { ExpandContext } from './expand.ts';
import { isTrue } from './ini.ts';
import type { IniSection, IniValue } from './ini.ts';
import { readLogging } from './logging.ts';

export interface ProgramContext {
  group: string;
  /** `[supervisord]`, whose environment and directory every program inherits. */
  main: IniSection | undefined;
  around: Surroundings;
  notes: Notes;
}

/** Keys that say only what mainstay does anyway, or that are read with another key. */
const SILENT = new Set(['process_name', 'numprocs', 'numprocs_start', 'priority', 'exitcodes', 'killasgroup']);

/** A `[program:x]` section. @throws MainstayError naming file, line and column */
export function readProgram(name: string, section: IniSection, context: ProgramContext): Draft {
  const { notes } = context;
  const where = `${section.label}:${section.line}`;
  const numprocs = section.values.get('numprocs');
  const count = whole(numprocs?.value ?? null) ?? 1;
  const start = whole(section.values.get('numprocs_start')?.value ?? null) ?? 0;
  const expansion: ExpandContext = {
    section,
    program: name,
    group: context.group,
    numbering: { count, start },
    notes,
    perInstance: true,
  };
  const command = section.values.get('command');
  if (!command) throw sourceError(section.label, section.line, 1, `[${section.name}] has no command`);
  const keys: DraftKeys = {
    command: commandWords(command, { ...expansion, here: hereFor(section, expansion, context) }),
  };
  const draft: Draft = { name, where, keys, places: new Map() };
  if (numprocs && count > 1) placed(draft, `${numprocs.label}:${numprocs.line}`, () => (keys.instances = count));
  inherit(draft, context, expansion);
  for (const [key, value] of section.values) {
    const reader = READERS[key];
    if (reader)
      placed(draft, `${value.label}:${value.line}`, () => reader(value, { draft, keys, section, context, expansion }));
    else if (key !== 'command' && !SILENT.has(key) && !/^std(?:out|err)_|^redirect_stderr$/.test(key)) {
      notes.dropped(
        `${value.label}:${value.line}`,
        `${key}=${brief(value.value)}`,
        'mainstay.yaml has no such key',
        key === 'serverurl' ? 'nothing' : 'look whether the program needs it',
      );
    }
  }
  readRestart(section, keys, where, notes);
  readLogging(section, draft, expansion);
  killMode(section, keys, notes);
  return draft;
}

/**
 * `%(here)s` in a command: relative where the program runs below the directory of mainstay.yaml, so that the
 * project can be moved.
 */
function hereFor(section: IniSection, expansion: ExpandContext, context: ProgramContext): string {
  const here = dirname(section.path);
  const directory = section.values.get('directory') ?? context.main?.values.get('directory');
  const from = directory
    ? resolve(here, expand(directory, { ...expansion, perInstance: false }))
    : context.around.target;
  const path = relative(from, here);
  if (path.startsWith('..')) return here;
  return path === '' ? '.' : `./${path}`;
}

function commandWords(value: IniValue, expansion: ExpandContext): string[] {
  try {
    return plainWords(expand({ ...value, value: value.value.replaceAll('\n', ' ') }, expansion), { braces: true });
  } catch (error) {
    if (!(error instanceof Unbalanced)) throw error;
    throw sourceError(value.label, value.line, value.column + error.offset, error.message);
  }
}

/** `KEY="value",KEY2='value'`, as supervisord reads it. @throws MainstayError naming the place */
export function readEnvironment(value: IniValue, expansion: ExpandContext): Record<string, string> {
  const text = expand(value, expansion);
  const environment: Record<string, string> = {};
  const fail = (why: string) =>
    sourceError(value.label, value.line, value.column, why, 'write KEY="value",OTHER="value"');
  // Outside quotes a comma or a newline ends a pair; inside them it belongs to the value.
  let pair = '';
  const pairs: string[] = [];
  try {
    for (const token of tokens(text.replaceAll('\n', ' '), { operators: false, braces: true })) {
      if (!('word' in token)) continue;
      for (const piece of token.word) {
        const parts = piece.quote === 'none' ? piece.text.split(/,(?![^{]*\})/) : [piece.text];
        for (const [index, part] of parts.entries()) {
          if (index > 0) {
            pairs.push(pair);
            pair = '';
          }
          pair += part;
        }
      }
    }
  } catch (error) {
    if (error instanceof Unbalanced) throw fail(error.message);
    throw error;
  }
  for (const one of [...pairs, pair].filter((item) => item.trim() !== '')) {
    const equals = one.indexOf('=');
    if (equals < 1) throw fail('environment is not a list of KEY="value"');
    environment[one.slice(0, equals).trim()] = one.slice(equals + 1);
  }
  return environment;
}

function inherit(draft: Draft, context: ProgramContext, expansion: ExpandContext): void {
  const environment = context.main?.values.get('environment');
  if (environment) {
    draft.keys.environment = readEnvironment(environment, expansion);
    for (const key of Object.keys(draft.keys.environment)) {
      draft.places?.set(key, `${environment.label}:${environment.line}`);
    }
  }
  const directory = context.main?.values.get('directory');
  if (directory) draft.keys.working_dir = expand(directory, { ...expansion, perInstance: false });
}

interface Reading {
  draft: Draft;
  keys: DraftKeys;
  section: IniSection;
  context: ProgramContext;
  expansion: ExpandContext;
}

const READERS: Record<string, (value: IniValue, reading: Reading) => void> = {
  environment(value, { draft, keys, expansion }) {
    const own = readEnvironment(value, expansion);
    for (const key of Object.keys(own)) draft.places?.set(key, `${value.label}:${value.line}`);
    if (Object.keys(own).length > 0) keys.environment = { ...keys.environment, ...own };
  },
  directory(value, { keys, section, context, expansion }) {
    const directory = expand(value, { ...expansion, perInstance: false });
    const moved = isAbsolute(directory)
      ? relative(context.around.target, directory)
      : rebase(directory, dirname(section.path), context.around.target);
    keys.working_dir = moved.startsWith('..') ? directory : moved || '.';
  },
  user(value, { keys, expansion }) {
    keys.user = expand(value, { ...expansion, perInstance: false });
  },
  umask(value, { keys }) {
    keys.umask = literal(value.value);
  },
  stopsignal(value, { keys }) {
    keys.stop_signal = signalName(value.value);
  },
  stopwaitsecs(value, { keys }) {
    const time = whole(value.value);
    keys.stop_grace_period = time === null ? value.value : seconds(time);
  },
  autostart(value, { draft, context }) {
    if (isTrue(value.value)) return;
    context.notes.approximated(
      `${value.label}:${value.line}`,
      'autostart=false',
      'every service in mainstay.yaml is started',
      `run "mainstay stop ${serviceName(draft.name)}" once; it stays stopped`,
    );
  },
  startsecs(value, { keys, context }) {
    const time = whole(value.value);
    if (time === 0) return;
    keys.restart_policy = { ...keys.restart_policy, reset_after: time === null ? value.value : seconds(time) };
    if (time === null) return;
    context.notes.approximated(
      `${value.label}:${value.line}`,
      `startsecs=${time}`,
      'a start that lasted so long counted as good; here it resets the delay between attempts',
      'add ready (notify, log or healthcheck) if others have to wait until it works',
    );
  },
  startretries(value, { keys, context }) {
    const count = whole(value.value);
    keys.restart_policy = { ...keys.restart_policy, max_attempts: count === null ? value.value : Math.max(1, count) };
    if (count === null) return;
    context.notes.approximated(
      `${value.label}:${value.line}`,
      `startretries=${count}`,
      'supervisord counts only starts that fail; mainstay counts all restarts in a window (10m), and tries again after a cooldown',
      'write restart_policy.window if another time is wanted, and cooldown: never to give up for ever',
    );
  },
  autorestart() {},
  stopasgroup() {},
};

/** `autorestart` with `exitcodes`; without either, supervisord restarts what exits with another code than 0. */
function readRestart(section: IniSection, keys: DraftKeys, where: string, notes: Notes): void {
  const mode = section.values.get('autorestart')?.value.trim().toLowerCase() ?? 'unexpected';
  if (mode === 'unexpected') {
    keys.restart = 'on-failure';
    const exitcodes = section.values.get('exitcodes');
    const codes = (exitcodes?.value ?? '0').split(',').map((code) => Number(code.trim()));
    const others = codes.filter((code) => code !== 0);
    if (others.length > 0) keys.restart_policy = { ...keys.restart_policy, success_exit_codes: others };
    if (!codes.includes(0) && exitcodes) {
      notes.approximated(
        `${exitcodes.label}:${exitcodes.line}`,
        `exitcodes=${exitcodes.value}`,
        'exit code 0 is always a success here',
        'write restart: always to be restarted after 0 too',
      );
    }
    return;
  }
  keys.restart = isTrue(mode) ? 'always' : 'no';
  if (keys.restart === 'no' && section.values.get('startsecs')?.value.trim() === '0') {
    delete keys.restart;
    keys.type = 'task';
    notes.approximated(
      where,
      'startsecs=0 with autorestart=false',
      'a program that runs once is a task here',
      'let those that need it depend on it with condition: service_completed_successfully',
    );
  }
}

function killMode(section: IniSection, keys: DraftKeys, notes: Notes): void {
  const stop = section.values.get('stopasgroup');
  const kill = section.values.get('killasgroup');
  if (stop && isTrue(stop.value)) keys.kill_mode = 'group';
  else if (keys.type !== 'task') {
    keys.kill_mode = 'mixed';
    if (kill && isTrue(kill.value)) return;
    notes.once('kill_mode', () => {
      notes.approximated(
        `${section.label}:${section.line}`,
        'killasgroup=false',
        'supervisord leaves the children of a stopped program behind; here they are killed',
        'write kill_mode: process where children have to survive',
      );
    });
  }
}
