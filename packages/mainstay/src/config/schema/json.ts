import { z } from 'zod';
import { type CheckKinds, besideKeys } from './healthcheck.ts';
import type { NotifierKinds } from './alerts.ts';
import { STEP_SCHEMA } from './remedy.ts';
import { THRESHOLD_SCHEMA } from './threshold.ts';
import { monitorSchema } from './monitor.ts';
import { fileSchema } from './top.ts';

type Json = Record<string, unknown>;

/** A text with a reference, which may stand for any scalar. */
const REFERENCE: Json = { type: 'string', pattern: String.raw`\$\{` };

/** Keys of JSON Schema that say what a scalar may be. */
const CONSTRAINTS = ['type', 'enum', 'pattern', 'format', 'minimum', 'maximum'];

/** JSON Schema (2020-12) of mainstay.yaml, for editors and for the reference. It accepts all that the loader accepts. */
export function configSchema(kinds: CheckKinds, notifiers: NotifierKinds): Json {
  const schema = filledIn(fileSchema(kinds, notifiers), kinds, notifiers);
  const properties = schema['properties'] as Record<string, Json>;
  return {
    ...schema,
    title: 'mainstay.yaml',
    $defs: { threshold: THRESHOLD_SCHEMA, step: STEP_SCHEMA },
    properties: { ...properties, environments: removable(properties['environments'] ?? {}) as Json },
    patternProperties: { '^x-': {} },
  };
}

/** The schema as JSON, with what kinds say in the places that are marked. */
function filledIn(schema: z.ZodType, kinds: CheckKinds, notifiers: NotifierKinds): Json {
  const owners = besideKeys(kinds);
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const json = jsonSchema as Json;
      fillIn(json, kinds, owners);
      fillInNotifier(json, notifiers);
      allowReferences(json);
      if (json['x-monitor'] === undefined) return;
      delete json['x-monitor'];
      delete json['x-form'];
      const { $schema: _, description: __, ...monitor } = filledIn(monitorSchema(kinds, notifiers), kinds, notifiers);
      Object.assign(json, monitor);
    },
  }) as Json;
}

/** Puts the schemas of the kinds where `healthcheck.ts` left a mark. */
function fillIn(json: Json, kinds: CheckKinds, owners: ReadonlyMap<string, string[]>): void {
  const { 'x-target': kind, 'x-beside': key } = json;
  delete json['x-target'];
  delete json['x-beside'];
  if (typeof kind === 'string') {
    const { schema, main } = kinds[kind] as CheckKinds[string];
    // Of the keys alone: what has to hold between them cannot be said in JSON Schema.
    json['anyOf'] = targetForms(z.strictObject(schema.shape).partial(), main);
  }
  if (typeof key === 'string') {
    const alternatives = (owners.get(key) ?? []).map((owner) => written(kinds[owner]?.schema.shape[key] as z.ZodType));
    const said = alternatives.map((one) => one['description']).find((text) => typeof text === 'string');
    const description = `${said ?? ''} ${String(json['description'])}`.trim();
    Object.assign(json, alternatives.length === 1 ? alternatives[0] : { anyOf: alternatives }, { description });
  }
}

/** The same for notifiers, which `alerts.ts` has marked. */
function fillInNotifier(json: Json, notifiers: NotifierKinds): void {
  const kind = json['x-notifier'];
  delete json['x-notifier'];
  if (typeof kind !== 'string') return;
  const { schema, main } = notifiers[kind] as NotifierKinds[string];
  json['anyOf'] = targetForms(schema, main);
}

/** A target in its long form, and bare if it has a key that a bare value stands for. */
function targetForms(schema: z.ZodType, main: string | null): Json[] {
  const long = written(schema);
  if (main === null) return [long];
  const properties = long['properties'] as Record<string, Json>;
  const bare = withArguments(properties[main] ?? {});
  return [bare, { ...long, properties: { ...properties, [main]: bare } }];
}

function written(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
}

/** A list of texts is a command, whose numbers are arguments. */
function withArguments(json: Json): Json {
  const items = json['items'] as Json | undefined;
  return items?.['type'] === 'string' ? { ...json, items: { ...items, type: ['string', 'number', 'boolean'] } } : json;
}

/** A scalar with a form of its own may be written as a reference as well. */
function allowReferences(json: Json): void {
  if (json['x-form'] === undefined) return;
  const forms = json['anyOf'] as Json[] | undefined;
  if (forms !== undefined) {
    const isDone = forms.some(({ pattern }) => pattern === REFERENCE['pattern']);
    const hasText = forms.some(isFreeText);
    if (!isDone && !hasText) json['anyOf'] = [...forms, REFERENCE];
    return;
  }
  if (isFreeText(json)) return;
  const constraints = CONSTRAINTS.filter((key) => json[key] !== undefined);
  if (constraints.length === 0) return;
  json['anyOf'] = [Object.fromEntries(constraints.map((key) => [key, json[key]])), REFERENCE];
  for (const key of constraints) delete json[key];
}

function isFreeText(json: Json): boolean {
  const { type, pattern, format } = json;
  const isText = type === 'string' || (Array.isArray(type) && type.includes('string'));
  return isText && pattern === undefined && (format === undefined || format === 'regex');
}

/** The same, with null allowed for every key: in an environment it removes the key. */
function removable(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(removable);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, inner]) => {
      if (key === 'additionalProperties' && typeof inner === 'object')
        return [key, { anyOf: [removable(inner), { type: 'null' }] }];
      if (key !== 'properties') return [key, removable(inner)];
      const keys = Object.entries(inner as Record<string, Json>).map(([name, schema]) => {
        const { description, ...rest } = removable(schema) as Json;
        return [name, { description, anyOf: [rest, { type: 'null' }] }];
      });
      return [key, Object.fromEntries(keys)];
    }),
  );
}
