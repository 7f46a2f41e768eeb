import type { CommandSpec } from '../framework/index.ts';

/** Commands that only look. */
export const LOOKING: readonly CommandSpec[] = [
  {
    name: 'status',
    group: 'look',
    summary: 'Show the state of every service',
    description: ['The exit code is 0 when everything that is wanted is ready or completed, otherwise 1.'],
    arguments: [],
    options: [{ name: 'watch', short: 'w', summary: 'Show it again every second, until Ctrl-C' }],
    examples: [
      { line: 'mainstay status', what: 'One table' },
      { line: 'mainstay status --json', what: 'The same for programs' },
    ],
    see: ['explain', 'logs'],
    load: () => import('../run/status.ts'),
  },
];
