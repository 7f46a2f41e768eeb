import type { NotifierKinds } from './alerts.ts';
import type { CheckKinds } from './healthcheck.ts';
import { configSchema } from './json.ts';

/** JSON Schema as far as the reference reads it. */
interface Schema {
  description?: string;
  default?: unknown;
  enum?: unknown[];
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  'x-form'?: string;
}

const HEAD = `# Configuration

\`mainstay.yaml\` describes one project. Unknown keys are errors; keys that start with \`x-\` at the top are yours, a place for YAML anchors.
This page is generated from the schema that \`mainstay config --schema\` prints; \`mainstay config\` prints your file with every default
filled in.

**Values.** A *duration* is a number and \`ms\`, \`s\`, \`m\`, \`h\`, \`d\` or \`w\`, also joined: \`30s\`, \`1h30m\`. A *size* is a number and \`b\`, \`k\`,
\`m\`, \`g\` or \`t\`, of 1024 in every spelling: \`10m\`, \`512MB\`, \`1GiB\`. A *percentage* is \`10%\`. A *path* is relative to mainstay.yaml.

**Variables.** \`\${NAME}\` and \`\${NAME:-default}\` stand for variables, \`$$\` for a dollar sign. They are looked up in the service's
\`environment\`, its \`env_file\`s, \`.env\` beside mainstay.yaml, and last in the environment of the command; one that is nowhere is an error.
In \`command\`, \`environment\` and \`healthcheck\` they are filled in at every start, and \`\${INSTANCE}\` and \`\${SERVICE}\` are known there; everywhere
else once, when the file is read.
`;

/** Keys below which everything is said already. */
const NO_SECTION: Record<string, string> = {
  environments: 'The same keys as above, each optional.',
  ulimits:
    'Each a number, `unlimited`, or `{ soft: …, hard: … }`: `as`, `core`, `cpu`, `data`, `fsize`, `locks`, `memlock`, `nofile`, `nproc`, `rss`, `rtprio`, `stack`.',
};

/** The same by their whole path: what was said before. */
const SAID_BEFORE: Record<string, string> = {
  'monitor.checks': 'The same keys as [checks](#checksname).',
  'monitor.notifiers': 'The same as [alerts.notifiers](#alertsnotifiersname).',
  'monitor.routes': 'The same keys as [alerts.routes](#alertsroutes).',
  'monitor.witness': 'A kind of [check](checks.md), and `timeout`.',
};

/** The page `docs/reference/configuration.md`, in Markdown. */
export function configurationReference(kinds: CheckKinds, notifiers: NotifierKinds): string {
  const sections: string[] = [HEAD];
  section(configSchema(kinds, notifiers) as Schema, [], 'mainstay.yaml', new Set(Object.keys(kinds)), sections);
  return `${sections.join('\n').trimEnd()}\n`;
}

function section(
  schema: Schema,
  path: readonly string[],
  title: string,
  kinds: ReadonlySet<string>,
  out: string[],
): void {
  const properties = Object.entries(schema.properties ?? {});
  out.push(`## ${title}\n`);
  if (schema.description !== undefined) out.push(`${schema.description}\n`);
  out.push('| key | value | default | meaning |', '|---|---|---|---|');
  for (const [key, property] of properties) {
    const cells = [`\`${key}\``, form(property), defaultOf(property), describe(key, property, kinds, path)];
    out.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  }
  out.push('');
  for (const [key, property] of properties) {
    if (
      NO_SECTION[key] !== undefined ||
      SAID_BEFORE[[...path, key].join('.')] !== undefined ||
      isCheckKey(path, property) ||
      isNotifier(path)
    )
      continue;
    const nested = mappingOf(property);
    if (nested !== null)
      section(
        nested.schema,
        [...path, key],
        [...path, key, ...nested.steps].join('.').replaceAll('.[]', '[]'),
        kinds,
        out,
      );
  }
}

function describe(key: string, property: Schema, kinds: ReadonlySet<string>, path: readonly string[]): string {
  const text = property.description ?? '';
  const said = NO_SECTION[key] ?? SAID_BEFORE[[...path, key].join('.')];
  if (said !== undefined) return `${text} ${said}`;
  if (isNotifier(path)) return `${text} See [notifiers](notifiers.md#${key}).`;
  if (!kinds.has(key) || !isCheck(path)) return text;
  return `${text.split(/(?<=\.) /, 1)[0] ?? ''} See [checks](checks.md).`;
}

/** Keys of a target have their own page. */
function isCheckKey(path: readonly string[], property: Schema): boolean {
  return isCheck(path) && /^(target )?of /.test(property['x-form'] ?? '');
}

/** The same for notifiers. */
function isNotifier(path: readonly string[]): boolean {
  return path.at(-1) === 'notifiers';
}

function isCheck(path: readonly string[]): boolean {
  return path.at(-1) === 'healthcheck' || path.at(-1) === 'checks';
}

/** The mapping with known keys that a value is or holds, and the steps to it: a name, an item. */
function mappingOf(schema: Schema): { schema: Schema; steps: string[] } | null {
  if (schema.properties !== undefined) return { schema, steps: [] };
  for (const option of schema.anyOf ?? []) {
    const found = mappingOf(option);
    if (found !== null) return found;
  }
  const inner = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : schema.items;
  const found = inner === undefined ? null : mappingOf(inner);
  if (inner === undefined || found === null) return null;
  const step = schema.items === undefined ? 'NAME' : '[]';
  return {
    schema: { ...found.schema, description: schema.description ?? found.schema.description ?? '' },
    steps: [step, ...found.steps],
  };
}

/** The kind of value, in words. */
function form(schema: Schema): string {
  if (schema['x-form'] !== undefined) return schema['x-form'];
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(form))].join(', or ');
  if (schema.items !== undefined) return 'list';
  return schema.properties !== undefined || schema.additionalProperties !== undefined ? 'mapping' : 'text';
}

function defaultOf(schema: Schema): string {
  const value = schema.default;
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
