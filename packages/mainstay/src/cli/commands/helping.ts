import type { CommandSpec } from '../framework/index.ts';

/** Commands about the command line itself. */
export const HELPING: readonly CommandSpec[] = [
  {
    name: 'help',
    group: 'set up',
    summary: 'Explain a command',
    arguments: [
      { name: 'COMMAND', summary: 'Which; none: list them all', required: false, many: false, completes: 'commands' },
    ],
    options: [],
    examples: [{ line: 'mainstay help up', what: 'Everything about up' }],
    load: () => import('../run/help.ts'),
  },
  {
    name: 'version',
    group: 'set up',
    summary: 'Print the version of mainstay, of Node, and of the running daemon',
    arguments: [],
    options: [],
    examples: [{ line: 'mainstay version', what: 'Name and number' }],
    load: () => import('../run/version.ts'),
  },
];
