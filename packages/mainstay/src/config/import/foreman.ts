import { join } from 'node:path';
import { brief } from './notes.ts';
import type { Notes } from './notes.ts';
import { entries, get, parseTree, text } from './tree.ts';
import type { Surroundings } from './types.ts';
import { rebase, whole } from './values.ts';

/** What foreman would do with a Procfile beside its command lines. */
export interface Settings {
  port: number;
  portWhere: string;
  formation: Map<string, number>;
  envFiles: string[];
  timeout: number | null;
}

/** `.foreman` (foreman's default options), and the `.env` files that it loads into every process. */
export function readForeman(directory: string, around: Surroundings, notes: Notes): Settings {
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
