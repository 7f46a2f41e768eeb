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
    see: ['explain', 'events'],
    load: () => import('../run/status.ts'),
  },
  {
    name: 'explain',
    group: 'look',
    summary: 'Say why a service is in the state it is in, and what to try',
    description: [
      'Without a daemon, explain shows what the state directory still tells: the newest events and lines of the service.',
    ],
    arguments: [
      { name: 'NAME', summary: 'A service or an instance', required: true, many: false, completes: 'services' },
    ],
    options: [],
    examples: [{ line: 'mainstay explain backend', what: 'Why does it not run?' }],
    see: ['status', 'events'],
    load: () => import('../run/explain.ts'),
  },
  {
    name: 'events',
    group: 'look',
    summary: 'Show what happened: the journal',
    arguments: [],
    options: [
      { name: 'follow', short: 'f', summary: 'Go on with new events, until Ctrl-C' },
      { name: 'lines', short: 'n', value: 'N', summary: 'How many of the newest (default: 50)' },
    ],
    examples: [
      { line: 'mainstay events -n 20', what: 'The newest 20' },
      { line: 'mainstay events -f --json', what: 'Every event from now on, a JSON object a line' },
    ],
    see: ['explain', 'events'],
    load: () => import('../run/events.ts'),
  },
];
