import type { OptionSpec } from './types.ts';

/** Options that every command understands. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'file',
    short: 'f',
    value: 'FILE',
    summary: 'The file, or its directory (default: mainstay.yaml here or in a directory above)',
  },
  { name: 'state-dir', value: 'DIR', summary: 'Where state is kept (default: .mainstay beside the file)' },
  { name: 'env', value: 'NAME', summary: 'The environment of the file to use (default: $MAINSTAY_ENV)' },
  { name: 'json', summary: 'Answer in JSON, errors too' },
  { name: 'no-color', summary: 'No colours (also: the variable NO_COLOR)' },
  { name: 'verbose', short: 'v', summary: 'Say more; with a defect of mainstay, where it is' },
  { name: 'help', short: 'h', summary: 'Explain the command' },
  { name: 'version', summary: 'Print the version' },
];
