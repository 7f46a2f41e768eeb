import type { CommandSpec } from '../framework/index.ts';

/** Commands about mainstay.yaml itself. */
export const CONFIGURING: readonly CommandSpec[] = [
  {
    name: 'init',
    group: 'set up',
    summary: 'Write a mainstay.yaml: a commented start, or one made from another file',
    description: [
      '--from reads a docker-compose.yml, a Procfile, a supervisord.conf, a PM2 ecosystem file, or systemd units (a file or a directory of them), and says exactly what it could not carry over.',
      'An existing file is replaced only with --force.',
    ],
    arguments: [],
    options: [
      { name: 'from', value: 'FILE', summary: 'The file or directory of another supervisor' },
      { name: 'force', summary: 'Replace an existing file' },
      { name: 'stdout', summary: 'Print the file instead of writing it' },
      { name: 'dry-run', summary: 'The same as --stdout' },
      { name: 'systemd', summary: 'Print a unit for systemd instead, so that the project runs from boot on' },
    ],
    examples: [
      { line: 'mainstay init', what: 'Start with a commented file' },
      { line: 'mainstay init --from docker-compose.yml', what: 'Come from docker compose' },
      { line: 'mainstay init --from /etc/systemd/system/shop.service --stdout', what: 'Look before you write' },
      { line: 'mainstay init --systemd > /etc/systemd/system/shop.service', what: 'Start at boot' },
    ],
    see: ['config', 'up'],
    load: () => import('../run/init.ts'),
  },
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
    see: ['plan', 'init'],
    load: () => import('../run/config.ts'),
  },
  {
    name: 'keys',
    group: 'set up',
    summary: 'Add, list and remove keys of the interface over the network',
    description: [
      'Whoever asks over the network (`api` in mainstay.yaml) shows a key. It is printed once, when it is added; what is kept is its hash. One that was removed is of no use from that moment on.',
    ],
    arguments: [
      {
        name: 'ACTION',
        summary: 'add, list or remove (default: list)',
        required: false,
        many: false,
        completes: ['add', 'list', 'remove'],
      },
      { name: 'NAME', summary: 'Of the key: who or what has it', required: false, many: true },
    ],
    options: [
      {
        name: 'scope',
        value: 'SCOPE',
        choices: ['read', 'control'],
        summary: 'add: what it may do (default: read); control also starts and stops',
      },
    ],
    examples: [
      { line: 'mainstay keys add grafana', what: 'A key that may look at everything' },
      { line: 'mainstay keys add deploy --scope control', what: 'One that may restart services, too' },
      { line: 'mainstay keys remove grafana', what: 'It is of no use any more' },
    ],
    see: ['config', 'status'],
    load: () => import('../keys/index.ts'),
  },
];
