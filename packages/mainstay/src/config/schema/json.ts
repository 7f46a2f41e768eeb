import { z } from 'zod';
import type { CheckKinds } from './healthcheck.ts';
import { fileSchema } from './top.ts';

/** JSON Schema (2020-12) of mainstay.yaml, for editors and for the reference. */
export function configSchema(kinds: CheckKinds): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema(kinds), { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'mainstay.yaml', patternProperties: { '^x-': {} } };
}
