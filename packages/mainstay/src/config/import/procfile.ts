import { dirname } from 'node:path';
import { position, sourceError } from './errors.ts';
import { finish } from './finish.ts';
import { readForeman } from './foreman.ts';
import type { Settings } from './foreman.ts';
import { Notes } from './notes.ts';
import { noteShell } from './shell-note.ts';
import { shellCommand } from './shell.ts';
import type { Draft, DraftKeys, Imported, Source, Surroundings } from './types.ts';
import { rebase, seconds } from './values.ts';
import { Unbalanced } from './words.ts';

/** A line of a Procfile, as foreman reads it. */
const LINE = /^([A-Za-z0-9_-]+):\s*(.+)$/;

/**
 * Reads a Procfile with what foreman and Heroku add to it: `.foreman`, `.env`, a port for each
 * process (base + 100 for each line + 1 for each instance) and the `release` process.
 * @throws MainstayError naming file, line and column
 */
export function readProcfile(source: Source, around: Surroundings): Imported {
  const notes = new Notes();
  const directory = dirname(source.path);
  const settings = readForeman(directory, around, notes);
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
