import { Document, isCollection, isMap, isPair, isScalar, Scalar, visit } from 'yaml';
import type { Node, Pair } from 'yaml';
import type { Draft, DraftKeys, Imported } from '../../config/import/index.ts';
import { noteLines } from './notes.ts';

/** Collections longer than this are written on several lines. */
const FLOW_WIDTH = 88;

/** Words that other YAML versions read as something else than text. */
const AMBIGUOUS = /^(?:y|yes|n|no|on|off|true|false|null|~)$/i;

/**
 * The text of mainstay.yaml for what was read from another supervisor, with a header that says where
 * it came from and what could not be carried over.
 * @param from the source as messages name it
 */
export function importedDocument(imported: Imported, from: string, project: string): string {
  const content = {
    project: imported.project ?? project,
    services: Object.fromEntries(imported.services.map((draft) => [draft.name, written(draft.keys)])),
    ...environments(imported),
  };
  const document = new Document(content, { aliasDuplicateObjects: false });
  style(document);
  const services = document.get('services', true) as Node | undefined;
  if (isMap(services)) {
    services.flow = false;
    for (const [index, pair] of services.items.entries()) comment(pair, imported.services[index], index > 0);
  }
  document.commentBefore = header(imported, from)
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
  return document.toString({ lineWidth: 110, flowCollectionPadding: true, nullStr: '' });
}

function header(imported: Imported, from: string): string[] {
  const lines = [
    `Made by "mainstay init --from ${from}" (${imported.format}).`,
    'Check it with "mainstay config", start it with "mainstay up".',
  ];
  const notes = noteLines(imported.notes, 96);
  return notes.length === 0 ? [...lines, 'Everything was carried over.'] : [...lines, '', ...notes];
}

function comment(pair: unknown, draft: Draft | undefined, space: boolean): void {
  if (!isPair(pair) || !draft) return;
  const key = pair.key as Scalar;
  key.commentBefore = ` ${draft.title ? `${draft.title} (${draft.where})` : draft.where}`;
  if (space) key.spaceBefore = true;
}

/** Keys in the order of `DraftKeys`, in their shortest form. */
const ORDER: (keyof DraftKeys)[] = [
  'type',
  'command',
  'working_dir',
  'env_file',
  'environment',
  'user',
  'group',
  'umask',
  'ulimits',
  'resources',
  'instances',
  'ports',
  'depends_on',
  'ready',
  'healthcheck',
  'watchdog',
  'restart',
  'restart_policy',
  'stop_signal',
  'stop_grace_period',
  'kill_mode',
  'logging',
  'develop',
  'schedule',
];

function written(keys: DraftKeys): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of ORDER) if (keys[key] !== undefined) result[key] = keys[key];
  if (keys.env_file?.length === 1) result.env_file = keys.env_file[0];
  const dependencies = Object.entries(keys.depends_on ?? {});
  const plain = dependencies.every(
    ([, { condition, restart, required }]) => condition === 'service_started' && !restart && required !== false,
  );
  if (dependencies.length > 0 && plain) result.depends_on = dependencies.map(([name]) => name);
  return result;
}

function environments(imported: Imported): Record<string, unknown> {
  const named = Object.entries(imported.environments);
  if (named.length === 0) return {};
  const all = named.map(([name, services]) => [
    name,
    { services: Object.fromEntries(Object.entries(services).map(([service, keys]) => [service, written(keys)])) },
  ]);
  return { environments: Object.fromEntries(all) };
}

/** Short collections stand on one line; text that could be read as something else stands in quotes. */
function style(document: Document): void {
  visit(document, {
    Collection(_key, node, path) {
      const owner = path.at(-1);
      const name = isPair(owner) && isScalar(owner.key) ? String(owner.key.value) : '';
      const size = JSON.stringify(node.toJS(document)).length;
      const lines = JSON.stringify(node.toJS(document)).includes('\\n');
      const open = name === 'environment' || name === 'services' || name === 'environments' || holdsService(node);
      node.flow = !open && !lines && size <= FLOW_WIDTH && path.length > 2;
    },
    Scalar(_key, node) {
      if (typeof node.value === 'string' && AMBIGUOUS.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const top = document.contents;
  if (isMap(top)) {
    for (const pair of top.items.slice(1) as Pair<Scalar, Node>[]) pair.key.spaceBefore = true;
  }
}

function holdsService(node: Node): boolean {
  return isCollection(node) && isMap(node) && (node.has('command') || node.has('services') || node.has('environment'));
}
