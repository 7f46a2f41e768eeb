/** The reference of the kinds of checks, from their definitions: what docs/reference/checks.md contains. */
import { z } from 'zod';
import { CHECKS } from './checks.ts';
import type { CheckDefinition } from '../kinds/kit/index.ts';

const HEAD = `# Checks

A \`healthcheck\`, and each of the [\`checks\`](../checks.md), names one of these kinds and its target. A bare value is short for the key marked with *; the other keys stand inside
(\`http: { url: …, method: HEAD }\`) or beside the kind. Strings may contain \`\${VARIABLES}\`. Each result is \`pass\`, \`warn\`, \`fail\` or
\`unknown\`; \`unknown\` means that nothing could be learnt, and never restarts anything.

This page is generated from the definitions in \`packages/mainstay/src/kinds/checks\`.
`;

/** Markdown. */
export function checksReference(): string {
  return [HEAD, ...Object.values(CHECKS).map(section)].join('\n');
}

function section(check: CheckDefinition): string {
  const rows = keysOf(check.schema, '').map(({ path, needed, description }) => {
    const mark = path === check.main ? ' *' : '';
    return `| \`${path}\`${mark} | ${needed ? 'yes' : 'no'} | ${description.replaceAll('|', '\\|')} |`;
  });
  const examples = check.examples.map((example) => `\`\`\`yaml\n${example}\n\`\`\`\n`);
  return [
    `## ${check.kind}: ${check.title}\n`,
    `${check.description}\n`,
    '| key | required | meaning |',
    '|---|---|---|',
    ...rows,
    '',
    ...measures(check),
    ...examples,
  ].join('\n');
}

/** What thresholds can be set for. */
function measures({ measured = [] }: CheckDefinition): string[] {
  if (measured.length === 0) return [];
  const rows = measured.map(({ name, unit, worse, description, warn, fail }) => {
    const limits = [warn, fail].map((limit) => (limit === undefined ? '' : String(limit)));
    return `| \`${name}\` | ${unit} | ${worse} | ${limits.join(' | ')} | ${description}. |`;
  });
  const head = ['| measured | unit | worse | warn | fail | meaning |', '|---|---|---|---|---|---|'];
  return [...head, ...rows, ''];
}

interface Key {
  path: string;
  needed: boolean;
  description: string;
}

/** Every key of a target, those of its mappings too. */
export function keysOf(schema: z.ZodObject, prefix: string): Key[] {
  return Object.entries(schema.shape).flatMap(([name, value]) => {
    const type = value as z.ZodType;
    const path = `${prefix}${name}`;
    const inner = unwrapped(type);
    return [
      { path, needed: !type.safeParse(undefined).success, description: type.meta()?.description ?? '' },
      ...(inner instanceof z.ZodObject ? keysOf(inner, `${path}.`) : []),
    ];
  });
}

function unwrapped(type: z.ZodType): unknown {
  return type instanceof z.ZodPrefault || type instanceof z.ZodDefault || type instanceof z.ZodOptional
    ? unwrapped(type.unwrap() as z.ZodType)
    : type;
}
