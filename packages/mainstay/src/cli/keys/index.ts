/** `mainstay keys`: keys for the interface over the network. What is kept of one is its hash. */
import { EXIT, MainstayError } from '@mainstay/protocol';
import { nearest } from '../../config/nearest.ts';
import { isKeyName, SCOPES, type Scope } from '../../core/access/index.ts';
import { usage, type Context } from '../framework/index.ts';
import { loadProject } from '../project/load.ts';
import { dayAndTime, renderTable } from '../text/index.ts';
import { addKey, makeKey, readKeyFile, removeKey } from './file.ts';

export async function run(context: Context): Promise<number> {
  const [action = 'list', ...names] = context.args;
  if (!['add', 'list', 'remove'].includes(action))
    throw usage(`cannot do "${action}" with keys: it is add, list or remove`, 'mainstay keys list');
  const [name, more] = names;
  if (action === 'list') {
    if (name !== undefined) throw usage('cannot list keys: it takes no names', 'mainstay keys list');
    return list(await keysFile(context), context);
  }
  if (name === undefined || more !== undefined || !isKeyName(name)) {
    const why = name === undefined ? 'no name is given' : more === undefined ? `"${name}" is no name` : 'one at a time';
    throw usage(`cannot ${action} a key: ${why}`, `mainstay keys ${action} grafana`);
  }
  const file = await keysFile(context);
  return action === 'add' ? add(file, name, scopeOf(context), context) : remove(file, name, context);
}

function scopeOf({ values }: Context): Scope {
  const written = values.get('scope') ?? 'read';
  const scope = SCOPES.find((one) => one === written);
  if (scope === undefined) throw usage(`cannot add a key: "${written}" is no scope`, `one of: ${SCOPES.join(', ')}`);
  return scope;
}

/**
 * @throws MainstayError `config` when the file says nothing of it
 */
async function keysFile(context: Context): Promise<string> {
  // That there is no key yet must not keep the first one from being made.
  const { plan } = await loadProject(context, { anywhere: true });
  if (plan.api !== null) return plan.api.keysFile;
  throw new MainstayError(
    'config',
    'cannot find the keys: mainstay.yaml has no api',
    'add api: { listen: "127.0.0.1:7070" }',
  );
}

async function add(file: string, name: string, scope: Scope, { io, json }: Context): Promise<number> {
  const { key, entry } = makeKey(name, scope, new Date().toISOString());
  await addKey(file, entry);
  if (json) io.out(`${JSON.stringify({ name, scope, key }, null, 2)}\n`);
  else {
    io.err(`the key "${name}" may ${scope === 'read' ? 'read' : 'read and control'}; it is shown this once\n`);
    io.out(`${key}\n`);
  }
  return EXIT.done;
}

async function remove(file: string, name: string, { io, json }: Context): Promise<number> {
  const known = await removeKey(file, name);
  if (known !== null) {
    const meant = nearest(name, known);
    const hint = meant === null ? 'mainstay keys list' : `mainstay keys remove ${meant}`;
    throw new MainstayError('refused', `cannot remove ${name}: there is no key of that name`, hint);
  }
  io.out(json ? `${JSON.stringify({ removed: name })}\n` : `the key "${name}" is of no use any more\n`);
  return EXIT.done;
}

async function list(file: string, { io, json, style }: Context): Promise<number> {
  const keys = await readKeyFile(file);
  if (json)
    io.out(
      `${JSON.stringify(
        keys.map(({ hash: _hash, ...shown }) => shown),
        null,
        2,
      )}\n`,
    );
  else if (keys.length === 0) io.out('there are no keys\n');
  else {
    const rows = keys.map(({ name, scope, created }) => [
      { text: name },
      { text: scope },
      { text: dayAndTime(created) },
    ]);
    io.out(renderTable([{ title: 'NAME' }, { title: 'SCOPE' }, { title: 'SINCE' }], rows, io.columns(), style));
  }
  return EXIT.done;
}
