/** Completion of the command line in the shell: scripts made from the definitions of the commands. */
import type { CommandSpec } from '../framework/index.ts';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { zsh } from './zsh.ts';

export const SCRIPTS: Record<'bash' | 'zsh' | 'fish', (commands: readonly CommandSpec[]) => string> = {
  bash,
  zsh,
  fish,
};
