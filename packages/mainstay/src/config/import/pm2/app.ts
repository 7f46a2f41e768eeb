import { basename, extname, join } from 'node:path';
import { balanced, sourceError } from '../errors.ts';
import type { EnvironmentDraft } from '../finish.ts';
import { brief } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { noteShell } from '../shell-note.ts';
import { literal, shellCommand } from '../shell.ts';
import { entries, get, oneLine, text, texts } from '../tree.ts';
import type { Tree } from '../tree.ts';
import type { Draft, DraftKeys, Source, Surroundings } from '../types.ts';
import { placed } from '../places.ts';
import { rebase, serviceName, whole } from '../values.ts';
import { plainWords } from '../words.ts';
import { PROCESS_KEYS } from './keys.ts';
import { readRestart } from './restart.ts';
import { pm2Unsupported } from './unsupported.ts';

export interface AppContext {
  source: Source;
  directory: string;
  around: Surroundings;
  notes: Notes;
  environments: Map<string, EnvironmentDraft[]>;
}

/** What PM2 runs files with (PM2's lib/API/interpreter.json); other files are run themselves. */
const INTERPRETERS: Record<string, string[]> = {
  '.js': ['node'],
  '.cjs': ['node'],
  '.mjs': ['node'],
  '.ts': ['node'],
  '.py': ['python3', '-u'],
  '.sh': ['bash'],
  '.rb': ['ruby'],
  '.php': ['php'],
  '.pl': ['perl'],
};

/** Read together with another key. */
const ELSEWHERE = new Set(
  'name script args interpreter exec_interpreter interpreter_args node_args interpreterArgs nodeArgs cwd instances exec_mode env increment_var instance_var'.split(
    ' ',
  ),
);

/** Keys that say more about what another one has switched on. */
const REFINING = new Set(['listen_timeout', 'ignore_watch']);

/** One app. @throws MainstayError naming file, line and column */
export function readApp(app: Tree, context: AppContext): Draft {
  const { source, notes } = context;
  const where = app.at;
  const script = text(get(app, 'script'));
  if (script === null) throw sourceError(source.label, app.line, 1, 'an app has no script');
  const name = text(get(app, 'name')) ?? basename(script, extname(script));
  const keys: DraftKeys = { command: command(app, script, where, context) };
  const draft: Draft = { name, where, keys, places: new Map() };
  const cwd = text(get(app, 'cwd')) ?? '.';
  const directory = rebase(literal(cwd), context.directory, context.around.target);
  if (directory !== '.' && directory !== './') keys.working_dir = directory;
  keys.stop_signal = 'SIGINT';
  readInstances(app, draft, context);
  const env = readEnv(get(app, 'env'), draft);
  if (Object.keys(env).length > 0) keys.environment = { ...env, ...keys.environment };
  countUp(app, draft, notes);
  const ordered = entries(app).sort(([a], [b]) => Number(REFINING.has(a)) - Number(REFINING.has(b)));
  for (const [key, entry] of ordered) {
    const at = entry.at;
    const reader = PROCESS_KEYS[key];
    const profile = /^env_(.+)$/.exec(key)?.[1];
    if (ELSEWHERE.has(key)) continue;
    if (profile && profile !== 'file') readProfile(profile, entry.value, draft, context);
    else if (reader)
      placed(draft, at, () => reader(entry.value, { keys, where: at, context, cwd, name: serviceName(name) }));
    else if (!readRestart(key, entry.value, draft, at, notes)) {
      const reason = pm2Unsupported(key, serviceName(name));
      if (reason) notes.dropped(at, `${key}: ${brief(oneLine(entry.value))}`, ...reason);
    }
  }
  return draft;
}

function command(app: Tree, script: string, where: string, context: AppContext): string[] {
  const cwd = join(context.directory, text(get(app, 'cwd')) ?? '.');
  const list = (key: string): string[] => {
    const tree = get(app, key);
    if (tree?.kind === 'list') return texts(tree).map(literal);
    const split = () => plainWords(text(tree) ?? '', { braces: false }).map(literal);
    return balanced(tree?.at ?? app.at, key, split);
  };
  const args = list('args');
  const interpreter = text(get(app, 'interpreter')) ?? text(get(app, 'exec_interpreter'));
  const options = ['interpreter_args', 'node_args', 'interpreterArgs', 'nodeArgs'].flatMap(list);
  // PM2 gives a script with spaces in it to a shell.
  if (/\s/.test(script) && interpreter === null && context.around.read(join(cwd, script)) === null) {
    const shell = balanced(app.at, 'script', () => shellCommand([script, ...args].join(' ')));
    noteShell(script, shell, where, context.notes);
    return shell.command;
  }
  const extension = extname(script);
  const program =
    interpreter === null ? (INTERPRETERS[extension] ?? null) : interpreter === 'none' ? null : [interpreter];
  // Without an extension it is a program of the PATH, unless such a file lies beside it: PM2 runs that with node.
  const plain = program === null && extension === '' && !script.includes('/');
  if (plain && interpreter === null && context.around.read(join(cwd, script)) !== null) {
    return ['node', ...options, literal(script), ...args];
  }
  if (program) return [...program, ...options, literal(script), ...args];
  const direct = plain || script.includes('/') ? script : `./${script}`;
  return [literal(direct), ...args];
}

function readInstances(app: Tree, draft: Draft, context: AppContext): void {
  const tree = get(app, 'instances');
  const value = text(tree);
  const { notes } = context;
  const count = whole(value);
  const at = tree?.at ?? app.at;
  if (value !== null && (count === null || count === 0)) {
    notes.dropped(
      at,
      `instances: ${value}`,
      'PM2 counts the processors of the machine',
      'write instances with a number',
    );
  } else if (count !== null && count > 1) {
    draft.keys.instances = count;
    const variable = text(get(app, 'instance_var')) ?? 'NODE_APP_INSTANCE';
    draft.keys.environment = { [variable]: '${INSTANCE}' };
  }
  const mode = get(app, 'exec_mode');
  const cluster = mode ? (text(mode) ?? '').startsWith('cluster') : value !== null && value !== '1';
  if (!cluster) return;
  notes.approximated(
    mode?.at ?? tree?.at ?? app.at,
    `exec_mode cluster of ${draft.name}`,
    "PM2's processes share one port through node:cluster; here each is a program of its own",
    'give each its own port (increment_var, or ${INSTANCE} in the command) behind a proxy, or use node:cluster in the program',
  );
}

function readEnv(tree: Tree | undefined, draft: Pick<Draft, 'places'>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, entry] of entries(tree)) {
    draft.places?.set(key, entry.at);
    environment[key] = literal(entry.value.kind === 'scalar' ? entry.value.text : oneLine(entry.value));
  }
  return environment;
}

function readProfile(profile: string, tree: Tree, draft: Draft, context: AppContext): void {
  const places = new Map<string, string>();
  const environment = readEnv(tree, { places });
  if (Object.keys(environment).length === 0) return;
  const name = serviceName(profile);
  const differences = { name: draft.name, where: draft.where, keys: { environment }, places, base: draft };
  context.environments.set(name, [...(context.environments.get(name) ?? []), differences]);
  context.notes.once(`env_${profile}`, () => {
    context.notes.advice(
      tree.at,
      `env_${profile}`,
      `it became the environment "${serviceName(profile)}", which holds for all services`,
      `choose it with "mainstay up --env ${serviceName(profile)}"`,
    );
  });
}

/** `increment_var`: the variable counts up from instance to instance. */
function countUp(app: Tree, draft: Draft, notes: Notes): void {
  const tree = get(app, 'increment_var');
  const variable = text(tree);
  const { keys } = draft;
  if (variable === null || !keys.instances || !keys.environment) return;
  const base = whole(keys.environment[variable] ?? null);
  const where = tree?.at ?? app.at;
  if (base !== null && base % 10 === 0 && keys.instances <= 10) {
    keys.environment[variable] = `${base / 10}\${INSTANCE}`;
    if (/PORT/i.test(variable)) keys.ports = [`${base}+`];
  } else {
    notes.approximated(
      where,
      `increment_var: ${variable}`,
      'a number cannot be counted up unless it ends in 0 and there are at most 10 instances',
      `let the program add \${INSTANCE} to ${variable}`,
    );
  }
}
