import { dirname, join } from 'node:path';
import { position, sourceError } from './errors.ts';
import { finish } from './finish.ts';
import { brief, Notes } from './notes.ts';
import { shellCommand } from './shell.ts';
import type { ShellCommand } from './shell.ts';
import { entries, get, parseTree, text } from './tree.ts';
import type { Draft, DraftKeys, Imported, Source, Surroundings } from './types.ts';
import { rebase, seconds, whole } from './values.ts';
import { Unbalanced } from './words.ts';

/** A line of a Procfile, as foreman reads it. */
const LINE = /^([A-Za-z0-9_-]+):\s*(.+)$/;

interface Settings {
  port: number;
  portWhere: string;
  formation: Map<string, number>;
  envFiles: string[];
  timeout: number | null;
}

/**
 * Reads a Procfile with what foreman and Heroku add to it: `.foreman`, `.env`, a port for each
 * process (base + 100 for each line + 1 for each instance) and the `release` process.
 * @throws MainstayError naming file, line and column
 */
export function readProcfile(source: Source, around: Surroundings): Imported {
  const notes = new Notes();
  const directory = dirname(source.path);
  const settings = readSettings(directory, around, notes);
  const drafts: Draft[] = [];
  let index = 0;
  for (const [offset, line] of source.text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const match = LINE.exec(line);
    const name = match?.[1];
    const command = match?.[2]?.trim();
    if (!name || !command) throw notALine(source.label, offset + 1, line);
    if (drafts.some((draft) => draft.name === name)) {
      throw sourceError(source.label, offset + 1, 1, `"${name}" stands there twice`, 'give each process its own name');
    }
    const where = `${source.label}:${offset + 1}`;
    const context = { source, where, line: offset + 1, column: line.indexOf(command) + 1, directory, around, notes };
    const keys = processKeys(command, context);
    if (name === 'release') releaseTask(keys, where, notes);
    else {
      const instances = settings.formation.get(name) ?? settings.formation.get('all') ?? 1;
      givePort(keys, { name, command, where, base: settings.port + index * 100, instances }, settings, notes);
      index += 1;
      if (instances === 0) {
        notes.approximated(
          where,
          `formation ${name}=0`,
          'every service in mainstay.yaml is started',
          `run "mainstay stop ${name}" once; it stays stopped`,
        );
      }
      if (settings.timeout !== null) keys.stop_grace_period = seconds(settings.timeout);
    }
    if (settings.envFiles.length > 0) keys.env_file = settings.envFiles;
    drafts.push({ name, where, keys });
  }
  const release = drafts.find((draft) => draft.keys.type === 'task');
  if (release) {
    for (const draft of drafts) {
      if (draft !== release) draft.keys.depends_on = { release: { condition: 'service_completed_successfully' } };
    }
  }
  return finish('Procfile', null, drafts, notes);
}

function notALine(label: string, number: number, line: string) {
  const column = line.length - line.trimStart().length + 1;
  return sourceError(label, number, column, 'this is not a line "name: command"', 'comments begin with #');
}

interface LineContext {
  source: Source;
  where: string;
  line: number;
  column: number;
  directory: string;
  around: Surroundings;
  notes: Notes;
}

function processKeys(command: string, context: LineContext): DraftKeys {
  try {
    const shell = shellCommand(command);
    const keys: DraftKeys = { command: shell.command };
    const working = rebase(shell.directory ?? '.', context.directory, context.around.target);
    if (working !== '.') keys.working_dir = working;
    if (Object.keys(shell.environment).length > 0) keys.environment = shell.environment;
    noteShell(command, shell, context.where, context.notes);
    return keys;
  } catch (error) {
    if (!(error instanceof Unbalanced)) throw error;
    const { column } = position(command, error.offset);
    throw sourceError(context.source.label, context.line, context.column + column - 1, error.message);
  }
}

/** Says that a command needs a shell, and how to keep it out of the way of signals; or what differs without one. */
export function noteShell(command: string, made: ShellCommand, where: string, notes: Notes): void {
  for (const name of made.unquoted.filter((variable) => variable !== 'PORT')) {
    notes.approximated(
      where,
      `$${name} in "${brief(command)}"`,
      'a shell makes several arguments of a value with spaces; here it is one argument',
      'write the arguments themselves if it has spaces',
    );
  }
  if (!made.shell) return;
  const simpleEnd = !/(?:^|\s)exec\s/.test(command);
  notes.advice(
    where,
    `command "${brief(command)}"`,
    'it needs a shell, so it is run as [sh, -c, …]',
    simpleEnd
      ? "write exec before its last program, so that signals and the exit code are that program's"
      : 'nothing, if exec stands before its last program',
  );
}

function releaseTask(keys: DraftKeys, where: string, notes: Notes): void {
  keys.type = 'task';
  notes.approximated(
    where,
    'release',
    'it ran once for each deployment',
    'here it is a task that runs at every start, before the services: make sure that it may run again',
  );
}

interface Process {
  name: string;
  command: string;
  where: string;
  base: number;
  instances: number;
}

function givePort(keys: DraftKeys, process: Process, settings: Settings, notes: Notes): void {
  const { name, base, instances, where } = process;
  if (instances > 1) keys.instances = instances;
  const listens = name === 'web' || /\$\{?PORT\b/.test(process.command);
  if (keys.environment?.PORT !== undefined) return;
  if (instances <= 1) keys.environment = { PORT: String(base), ...keys.environment };
  else if (base % 10 === 0 && instances <= 10) {
    keys.environment = { PORT: `${base / 10}\${INSTANCE}`, ...keys.environment };
  } else {
    keys.environment = { PORT: String(base), ...keys.environment };
    notes.approximated(
      where,
      `PORT of ${instances} instances of ${name}`,
      `foreman counts up from ${base}; here every instance gets ${base}`,
      'use a base that ends in 0 and at most 10 instances, or let the program add ${INSTANCE} to its port',
    );
  }
  if (listens) keys.ports = instances > 1 ? [`${base}+`] : [base];
  if (!listens) return;
  notes.once('port', () => {
    notes.advice(
      where,
      'PORT',
      `foreman gives each process a port: ${settings.portWhere}, 100 more for each further line`,
      'the same ports are written in environment and ports: change both together',
    );
  });
}

/** `.foreman` (foreman's default options), and the `.env` files that it loads into every process. */
function readSettings(directory: string, around: Surroundings, notes: Notes): Settings {
  const settings: Settings = {
    port: 5000,
    portWhere: '5000',
    formation: new Map(),
    envFiles: [],
    timeout: null,
  };
  let envNames = ['.env'];
  const path = join(directory, '.foreman');
  const found = around.read(path);
  const label = around.label(path);
  if (found !== null) {
    const tree = parseTree({ path, label, text: found });
    const env = text(get(tree, 'env'));
    if (env !== null) envNames = env.split(',').map((name) => name.trim());
    const formation = text(get(tree, 'formation')) ?? text(get(tree, 'concurrency')) ?? '';
    for (const pair of formation.split(',')) {
      const [name, count] = pair.split('=');
      const number = whole(count ?? null);
      if (name && number !== null) settings.formation.set(name.trim(), number);
    }
    settings.timeout = whole(text(get(tree, 'timeout')));
    for (const [key, entry] of entries(tree)) {
      if (['env', 'formation', 'concurrency', 'timeout', 'port'].includes(key)) continue;
      const value = text(entry.value) ?? '';
      notes.dropped(entry.at, `${key}: ${brief(value)}`, 'mainstay has nothing like it', 'nothing');
    }
  }
  settings.envFiles = envNames
    .filter((name) => around.read(join(directory, name)) !== null)
    .map((name) => rebase(name, directory, around.target));
  const port = basePort(directory, envNames, around);
  const fromForeman = found === null ? null : whole(text(get(parseTree({ path, label, text: found }), 'port')));
  if (fromForeman !== null) Object.assign(settings, { port: fromForeman, portWhere: `${fromForeman} (${label})` });
  else if (port) Object.assign(settings, { port: port.value, portWhere: `${port.value} (${port.file})` });
  return settings;
}

function basePort(directory: string, names: string[], around: Surroundings): { value: number; file: string } | null {
  let result: { value: number; file: string } | null = null;
  for (const name of names) {
    const path = join(directory, name);
    const match = /^\s*(?:export\s+)?PORT\s*=\s*["']?(\d+)["']?\s*$/m.exec(around.read(path) ?? '');
    if (match) result = { value: Number(match[1]), file: around.label(path) };
  }
  return result;
}
