import type { CommandSpec } from '../framework/index.ts';

/** Commands about mainstay.yaml itself. */
export const CONFIGURING: readonly CommandSpec[] = [
  {
    name: 'config',
    group: 'set up',
    summary: 'Check mainstay.yaml and print what it comes to, secrets masked',
    description: ['With problems in the file, config prints all of them and exits 2.'],
    arguments: [],
    options: [{ name: 'schema', summary: 'Print the JSON Schema of mainstay.yaml instead, for editors' }],
    examples: [
      { line: 'mainstay config', what: 'Is the file right, and what are the defaults?' },
      { line: 'mainstay config --schema > mainstay.schema.json', what: 'For an editor that completes and checks' },
    ],
    see: ['plan'],
    load: () => import('../run/config.ts'),
  },
];
