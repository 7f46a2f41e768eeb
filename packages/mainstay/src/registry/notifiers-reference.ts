/** The reference of the kinds of notifiers, from their definitions: what docs/reference/notifiers.md contains. */
import type { NotifierDefinition } from '../kinds/kit/notifier/index.ts';
import { NOTIFIERS } from './notifiers.ts';
import { keysOf } from './reference.ts';

const HEAD = `# Notifiers

Each of the \`notifiers\` of [\`alerts\`](../alerts.md) names one of these kinds and its target. A bare value is short for the key marked with *. Strings may contain
\`\${VARIABLES}\`, which are filled in when a message is sent. Keys marked with † are secret: they are masked wherever the file is shown, and never appear in a log or an error.

This page is generated from the definitions in \`packages/mainstay/src/kinds/notifiers\`.
`;

/** Markdown. */
export function notifiersReference(): string {
  return [HEAD, ...Object.values(NOTIFIERS).map(section)].join('\n');
}

function section({ kind, title, description, schema, main, secrets, examples }: NotifierDefinition): string {
  const rows = keysOf(schema, '').map((key) => {
    const marks = `${key.path === main ? ' *' : ''}${secrets.includes(key.path) ? ' †' : ''}`;
    return `| \`${key.path}\`${marks} | ${key.needed ? 'yes' : 'no'} | ${key.description.replaceAll('|', '\\|')} |`;
  });
  return [
    `## ${kind}\n`,
    `To ${title}. ${description}\n`,
    '| key | required | meaning |',
    '|---|---|---|',
    ...rows,
    '',
    ...examples.map((example) => `\`\`\`yaml\n${example}\n\`\`\`\n`),
  ].join('\n');
}
