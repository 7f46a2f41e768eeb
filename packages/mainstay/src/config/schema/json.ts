import { z } from 'zod';
import { type CheckKinds, besideKeys } from './healthcheck.ts';
import { fileSchema } from './top.ts';

type Json = Record<string, unknown>;

/** JSON Schema (2020-12) of mainstay.yaml, for editors and for the reference. */
export function configSchema(kinds: CheckKinds): Json {
  const owners = besideKeys(kinds);
  const schema = z.toJSONSchema(fileSchema(kinds), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => fillIn(jsonSchema as Json, kinds, owners),
  });
  return { ...schema, title: 'mainstay.yaml', patternProperties: { '^x-': {} } };
}

/** Puts the schemas of the kinds where `healthcheck.ts` left a mark. */
function fillIn(json: Json, kinds: CheckKinds, owners: ReadonlyMap<string, string[]>): void {
  const { 'x-target': kind, 'x-beside': key } = json;
  delete json['x-target'];
  delete json['x-beside'];
  if (typeof kind === 'string') {
    const { schema, main } = kinds[kind] as CheckKinds[string];
    const bare = schema.shape[main] as z.ZodType | undefined;
    json['anyOf'] = [...(bare === undefined ? [] : [written(bare)]), written(schema.partial())];
  }
  if (typeof key === 'string') {
    const alternatives = (owners.get(key) ?? []).map((owner) => written(kinds[owner]?.schema.shape[key] as z.ZodType));
    const said = alternatives.map((one) => one['description']).find((text) => typeof text === 'string');
    const description = `${said ?? ''} ${String(json['description'])}`.trim();
    Object.assign(json, alternatives.length === 1 ? alternatives[0] : { anyOf: alternatives }, { description });
  }
}

function written(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json;
}
