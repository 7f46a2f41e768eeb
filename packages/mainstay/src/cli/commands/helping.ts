import { NAMES_OF, type CommandSpec } from '../framework/index.ts';

/** Commands about the command line itself. */
export const HELPING: readonly CommandSpec[] = [
  {
    name: 'completion',
    group: 'set up',
    summary: 'Print a script that completes the command line in a shell',
    description: [
      '`services` prints the names of the services, a line each, `names` those of the checks too, and `checkable` what mainstay check takes; the scripts use them.',
    ],
    arguments: [
      {
        name: 'SHELL',
        summary: 'bash, zsh or fish',
        required: true,
        many: false,
        completes: ['bash', 'zsh', 'fish', ...NAMES_OF],
      },
    ],
    options: [],
    examples: [
      { line: 'eval "$(mainstay completion bash)"', what: 'In ~/.bashrc' },
      { line: 'mainstay completion zsh > ~/.zfunc/_mainstay', what: 'In a directory of $fpath' },
      { line: 'mainstay completion fish | source', what: 'In ~/.config/fish/config.fish' },
    ],
    load: () => import('../run/completion.ts'),
  },
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
