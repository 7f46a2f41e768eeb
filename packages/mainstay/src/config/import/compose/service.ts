import { posix } from 'node:path';
import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { entries, get, oneLine, text, texts } from '../tree.ts';
import type { Entry, Tree } from '../tree.ts';
import type { Dependency, Draft, DraftKeys, Source, Surroundings, Value } from '../types.ts';
import { placed } from '../places.ts';
import { setLimit } from '../resources.ts';
import { rebase, signalName, whole } from '../values.ts';
import { readCommand } from './command.ts';
import { readDeploy, readRestart } from './deploy.ts';
import { readHealthcheck } from './healthcheck.ts';
import { interpolate } from './interpolate.ts';
import { readPorts } from './ports.ts';
import { unsupported } from './unsupported.ts';

export interface ServiceContext {
  source: Source;
  /** Of the compose file. */
  directory: string;
  around: Surroundings;
  notes: Notes;
  /** Services of which others wait for the end. */
  tasks: ReadonlySet<string>;
}

type Reader = (value: Tree, keys: DraftKeys, draft: Draft, context: ServiceContext) => void;

const READERS: Record<string, Reader> = {
  environment: readEnvironment,
  env_file: readEnvFiles,
  depends_on: readDependencies,
  volumes: readVolumes,
  deploy: (value, keys, draft, context) => readDeploy(value, keys, draft.name, context),
  restart: (value, keys, _draft, context) => readRestart(text(value) ?? '', keys, value.at, context.notes),
  ports(value, keys, draft, context) {
    const ports = readPorts(value, draft.name, context.notes);
    if (ports.length > 0) keys.ports = ports;
  },
  healthcheck(value, keys, _draft, context) {
    const check = readHealthcheck(value, context.notes);
    if (check) keys.healthcheck = check;
  },
  scale(value, keys) {
    keys.instances = Number(text(value));
  },
  stop_signal(value, keys) {
    keys.stop_signal = signalName(text(value) ?? '');
  },
  stop_grace_period(value, keys, _draft, context) {
    keys.stop_grace_period = interpolate(text(value) ?? '', value.at, context.notes);
  },
  user(value, keys, _draft, context) {
    const [user, group] = interpolate(text(value) ?? '', value.at, context.notes).split(/:(?![^{]*\})/);
    if (user) keys.user = user;
    if (group) keys.group = group;
    context.notes.advice(
      value.at,
      `user ${text(value)}`,
      'the user was that of the image',
      'check that this machine has it; changing users needs mainstay to run as root',
    );
  },
  mem_limit: (value, keys, _draft, context) => limit('memory', value, keys, context),
  mem_reservation: (value, keys, _draft, context) => limit('memory_reservation', value, keys, context),
  cpus: (value, keys, _draft, context) => limit('cpus', value, keys, context),
  pids_limit(value, keys, _draft, context) {
    // Without a limit it is -1 there.
    if (Number(text(value)) > 0) limit('pids', value, keys, context);
  },
  ulimits(value, keys) {
    keys.ulimits = {};
    for (const [name, entry] of entries(value)) {
      const both = text(entry.value);
      const soft = Number(both ?? text(get(entry.value, 'soft')));
      const hard = Number(both ?? text(get(entry.value, 'hard')));
      keys.ulimits[name] = soft === hard ? soft : { soft, hard };
    }
  },
  logging(value, keys, _draft, context) {
    const logging: Record<string, Value> = {};
    for (const [name, entry] of entries(get(value, 'options'))) {
      const option = text(entry.value) ?? '';
      if (name === 'max-size') logging.max_size = option;
      else if (name === 'max-file')
        // Docker counts the file being written too.
        logging.max_files = whole(option) === null ? option : Math.max(1, Number(option) - 1);
      else noteKey(`logging.options.${name}`, entry, context);
    }
    const driver = get(value, 'driver');
    if (driver && !['json-file', 'local'].includes(text(driver) ?? '')) {
      context.notes.dropped(
        driver.at,
        `logging.driver ${text(driver)}`,
        'mainstay writes the output of services to files itself',
        'let a log shipper read .mainstay/logs',
      );
    }
    if (Object.keys(logging).length > 0) keys.logging = logging;
  },
};

function limit(name: Parameters<typeof setLimit>[1], value: Tree, keys: DraftKeys, context: ServiceContext): void {
  setLimit(keys, name, interpolate(text(value) ?? '', value.at, context.notes));
}

/** Read elsewhere: in the command, the working directory or the file's top. */
const ELSEWHERE = new Set(['command', 'entrypoint', 'image', 'build', 'working_dir', 'profiles', 'extends']);

/** One service, or null (with a note) when there is no program to run. */
export function readService(name: string, tree: Tree, where: string, context: ServiceContext): Draft | null {
  const command = readCommand(name, tree, where, context);
  if (!command) return null;
  const keys: DraftKeys = { command };
  const draft: Draft = { name, where, keys, places: new Map() };
  const directory = workingDirectory(tree, context);
  if (directory !== null) keys.working_dir = directory;
  for (const [key, entry] of entries(tree)) {
    const reader = READERS[key];
    if (reader) placed(draft, entry.at, () => reader(entry.value, keys, draft, context));
    else if (!ELSEWHERE.has(key)) noteKey(key, entry, context);
  }
  if (context.tasks.has(name)) keys.type = 'task';
  else if (!keys.restart && !get(tree, 'deploy', 'restart_policy')) {
    context.notes.approximated(
      where,
      `restart of ${name}`,
      'without it Docker does not bring the service back, mainstay does',
      'write restart: "no" where that is not wanted, or type: task for a program that ends',
    );
  }
  return draft;
}

function noteKey(key: string, entry: Entry, context: ServiceContext): void {
  context.notes.dropped(entry.at, `${key}: ${brief(oneLine(entry.value))}`, ...unsupported(key));
}

/** The folder in which a service runs: that of its build, or the one mounted over its `working_dir`. */
function workingDirectory(tree: Tree, context: ServiceContext): string | null {
  const build = get(tree, 'build');
  const folder = build ? (text(build) ?? text(get(build, 'context')) ?? '.') : null;
  const wanted = get(tree, 'working_dir');
  const inside = text(wanted);
  const move = (path: string) => {
    const moved = rebase(path, context.directory, context.around.target);
    return posix.normalize(moved) === '.' ? null : moved;
  };
  if (inside === null || !wanted) return folder === null ? null : move(folder);
  const mount = bindMounts(tree).find(({ target }) => inside === target || inside.startsWith(`${target}/`));
  if (mount) return move(`${mount.source}${inside.slice(mount.target.length)}`);
  context.notes.dropped(
    wanted.at,
    `working_dir ${inside}`,
    `it is a folder of the container${folder === null ? '' : `; the build's folder ${folder} was written`}`,
    'write the folder of this machine in which the program has to run',
  );
  return folder === null ? null : move(folder);
}

interface Mount {
  source: string;
  target: string;
  at: string;
}

function mounts(tree: Tree | undefined): Mount[] {
  if (tree?.kind !== 'list') return [];
  return tree.items.map((item) => {
    if (item.kind === 'map') {
      return { source: text(get(item, 'source')) ?? '', target: text(get(item, 'target')) ?? '', at: item.at };
    }
    const parts = (text(item) ?? '').split(/:(?![^{]*\})/);
    const [source, target] = parts;
    return target === undefined
      ? { source: '', target: source ?? '', at: item.at }
      : { source: source ?? '', target, at: item.at };
  });
}

function bindMounts(tree: Tree): Mount[] {
  return mounts(get(tree, 'volumes')).filter(({ source }) => /^[./~]/.test(source));
}

function readVolumes(value: Tree, _keys: DraftKeys, draft: Draft, context: ServiceContext): void {
  for (const { source, target, at } of mounts(value)) {
    const bound = /^[./~]|^\$\{/.test(source);
    context.notes.dropped(
      at,
      `volumes ${brief(source === '' ? target : `${source}:${target}`)}`,
      'a program here sees the folders of the machine',
      bound
        ? `where ${draft.name} used ${target}, let it use ${source}`
        : `create a folder for it, and name it to ${draft.name} instead of ${target}`,
    );
  }
}

function readEnvironment(value: Tree, keys: DraftKeys, draft: Draft, context: ServiceContext): void {
  const environment: Record<string, string> = {};
  const set = (key: string, raw: string | null, where: string) => {
    draft.places?.set(key, where);
    // A name without a value is passed on from where compose runs.
    if (raw !== null) environment[key] = interpolate(raw, where, context.notes);
    else if (/^[A-Za-z_]\w*$/.test(key)) environment[key] = `\${${key}}`;
    else
      context.notes.dropped(
        where,
        `environment ${brief(key)}`,
        'it is not the name of a variable',
        'write NAME: value',
      );
  };
  if (value.kind === 'list') {
    for (const item of value.items) {
      const pair = text(item) ?? '';
      const equals = pair.indexOf('=');
      if (equals < 0) set(pair, null, item.at);
      else set(pair.slice(0, equals), pair.slice(equals + 1), item.at);
    }
  }
  for (const [key, entry] of entries(value)) set(key, text(entry.value), entry.at);
  if (Object.keys(environment).length > 0) keys.environment = environment;
}

function readEnvFiles(value: Tree, keys: DraftKeys, _draft: Draft, context: ServiceContext): void {
  const items = value.kind === 'list' ? value.items : [value];
  keys.env_file = items.flatMap((item) => {
    const path = text(item) ?? text(get(item, 'path'));
    if (path === null) return [];
    if (text(get(item, 'required')) === 'false') {
      context.notes.approximated(
        item.at,
        `env_file ${path} (required: false)`,
        'a file that is named has to exist',
        `create ${path}, if only empty`,
      );
    }
    return [rebase(interpolate(path, item.at, context.notes), context.directory, context.around.target)];
  });
}

function readDependencies(value: Tree, keys: DraftKeys): void {
  const wanted: Record<string, Dependency> = {};
  for (const name of texts(value)) wanted[name] = { condition: 'service_started' };
  for (const [name, entry] of entries(value)) {
    const condition = text(get(entry.value, 'condition'));
    wanted[name] = {
      condition:
        condition === 'service_healthy' || condition === 'service_completed_successfully'
          ? condition
          : 'service_started',
      ...(text(get(entry.value, 'restart')) === 'true' ? { restart: true } : {}),
      ...(text(get(entry.value, 'required')) === 'false' ? { required: false } : {}),
    };
  }
  keys.depends_on = wanted;
}
